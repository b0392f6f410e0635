// CPU and memory of a task, as ECS reads them.

/** `256`, `.25 vCPU`, `512`, `1 GB`: ECS reads back CPU units and MiB. NaN if it is none of these. */
export function sizeInUnits(text: string, unit: 'vcpu' | 'gb'): number {
  const match = /^\s*([\d.]+)\s*(vcpu|gb)?\s*$/i.exec(text);
  if (!match) return Number.NaN;
  return match[2]?.toLowerCase() === unit ? Number(match[1]) * 1024 : Number(match[1]);
}

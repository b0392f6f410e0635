// State holds milliseconds, answers hold dates; what has not happened yet is left out.
export function optionalDate<K extends string>(key: K, ms: number | undefined): { [P in K]?: Date } {
  return ms === undefined ? {} : ({ [key]: new Date(ms) } as { [P in K]?: Date });
}

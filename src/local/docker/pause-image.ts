// The image of the container that holds a task's shared network namespace: one static program that sleeps.
// Assembled here byte by byte, so that nothing needs to be downloaded or compiled.
import type Docker from 'dockerode';
import { statusOf } from './engine.ts';

const machineCode: Readonly<Record<string, { readonly machine: number; readonly code: readonly number[] }>> =
  {
    // mov eax, 34 (pause); syscall; jmp back
    amd64: { machine: 62, code: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
    // mov x0..x4, 0; mov x8, 73 (ppoll); svc 0; b back to the first
    arm64: {
      machine: 183,
      code: [
        0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, 0xd2800928, 0xd4000001, 0x17fffff9,
      ].flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]),
    },
  };

const loadAddress = 0x400000;
const codeOffset = 64 + 56;

/** Returns the image's name; imports it if the engine does not have it. */
export async function ensurePauseImage(docker: Docker): Promise<string> {
  const { Architecture: machine } = (await docker.info()) as { Architecture: string };
  const architecture = /aarch64|arm64/.test(machine) ? 'arm64' : 'amd64';
  const name = `slipway/pause:${architecture}`;
  try {
    await docker.getImage(name).inspect();
    return name;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  const stream = await docker.importImage(tarOf('pause', pauseProgram(architecture)) as unknown as string, {
    repo: 'slipway/pause',
    tag: architecture,
    changes: 'ENTRYPOINT ["/pause"]',
  });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()));
  });
  return name;
}

/** A static ELF executable: its header, one segment, the code. */
export function pauseProgram(architecture: 'amd64' | 'arm64'): Buffer {
  const { machine, code } = machineCode[architecture] ?? { machine: 0, code: [] };
  const file = Buffer.alloc(codeOffset + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little endian, version 1
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(loadAddress + codeOffset), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program header
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // load
  file.writeUInt32LE(5, 68); // read and execute
  file.writeBigUInt64LE(BigInt(loadAddress), 80);
  file.writeBigUInt64LE(BigInt(loadAddress), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(code, codeOffset);
  return file;
}

/** A tar archive with one executable file. */
export function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

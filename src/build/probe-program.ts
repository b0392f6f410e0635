/**
 * The smallest program that an architecture can run: a static ELF of some 130 bytes whose code is `exit(0)`.
 * It needs no base image, so that a worker can prove on any machine what its engine can run.
 */
import type { Architecture } from '../release/plan.ts';

const ELF_MACHINE: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };

const EXIT_ZERO: Readonly<Record<Architecture, readonly number[]>> = {
  // mov eax, 60; xor edi, edi; syscall
  amd64: [0xb8, 0x3c, 0x00, 0x00, 0x00, 0x31, 0xff, 0x0f, 0x05],
  // mov x0, #0; mov x8, #93; svc #0
  arm64: [0x00, 0x00, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4],
};

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const LOAD_ADDRESS = 0x400000n;

/** ELF-64, little-endian, one loadable segment (System V ABI, "ELF Header" and "Program Header"). */
export const probeProgram = (architecture: Architecture): Buffer => {
  const code = Buffer.from(EXIT_ZERO[architecture]);
  const start = HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const file = Buffer.alloc(start + code.length);
  file.write('\x7fELF', 0, 'latin1');
  file.set([2, 1, 1], 4); // 64 bit, little-endian, version 1
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(ELF_MACHINE[architecture], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(LOAD_ADDRESS + BigInt(start), 24); // entry
  file.writeBigUInt64LE(BigInt(HEADER_BYTES), 32); // program headers
  file.writeUInt16LE(HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56);
  const segment = HEADER_BYTES;
  file.writeUInt32LE(1, segment); // PT_LOAD
  file.writeUInt32LE(5, segment + 4); // readable, executable
  file.writeBigUInt64LE(LOAD_ADDRESS, segment + 16);
  file.writeBigUInt64LE(LOAD_ADDRESS, segment + 24);
  file.writeBigUInt64LE(BigInt(file.length), segment + 32);
  file.writeBigUInt64LE(BigInt(file.length), segment + 40);
  file.writeBigUInt64LE(0x1000n, segment + 48);
  file.set(code, start);
  return file;
};

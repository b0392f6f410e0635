/** The program that script/build-client.js makes one file of. */
import { tinyMain } from './main.ts';

process.exitCode = await tinyMain(process.argv);

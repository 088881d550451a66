// Writes a copy of a `docker save` archive in which the image has another name. No layer is unpacked to the disk, and no
// daemon is needed.
//
//   node examples/retag-archive.mjs app.tar registry.example/team/app:v2 app-v2.tar
import { crane } from 'containerregistry';

const [from, reference, to] = process.argv.slice(2);
if (to === undefined) {
  console.error('usage: retag-archive.mjs <file> <reference> <new file>');
  process.exit(2);
}

const image = await crane.load(from);
await crane.save(image, reference, to);
console.log(`${to} has ${reference} in it, image ID ${await image.configName()}`);

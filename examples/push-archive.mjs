// Pushes a file made by `docker save` to a registry, and checks that the registry has the same digest.
//
//   node examples/push-archive.mjs app.tar localhost:5000/team/app:v1
import { crane } from 'containerregistry';

const [file, reference] = process.argv.slice(2);
if (reference === undefined) {
  console.error('usage: push-archive.mjs <file> <reference>');
  process.exit(2);
}

const image = await crane.load(file);
await crane.push(image, reference);

const [local, remote] = await Promise.all([image.digest(), crane.digest(reference)]);
if (local !== remote) throw new Error(`pushed ${local}, but ${reference} is ${remote}`);
console.log(`${reference} is ${remote}`);

import * as containerregistry from 'containerregistry';
import exercise from './exercise.mjs';

exercise(containerregistry).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

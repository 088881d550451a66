'use strict';
const assert = require('node:assert/strict');
const containerregistry = require('containerregistry');
const exercise = require('./exercise.cjs').default;

assert.equal(require('containerregistry/crane'), containerregistry.crane);
exercise(containerregistry).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

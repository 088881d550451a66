import assert from 'node:assert/strict';
import * as containerregistry from 'containerregistry';
import { digest } from 'containerregistry/crane';
import exercise from './exercise.mjs';

assert.equal(digest, containerregistry.crane.digest);
await exercise(containerregistry);

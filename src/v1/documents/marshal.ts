import { goTime } from '../../internal/json/go-time.js';
import {
  goBool,
  goEmptyStruct,
  type GoField,
  goInt,
  goMap,
  goSlice,
  goString,
  goStruct,
  type GoType,
} from '../../internal/json/go-types.js';
import type { ConfigFile } from '../config-file.js';
import type { IndexManifest, Manifest } from '../manifest.js';

/**
 * Writes a manifest with the bytes that go-containerregistry would write. Unknown fields follow the known ones.
 *
 * @throws TypeError if a field does not have its declared type.
 */
export function marshalManifest(manifest: Manifest): Uint8Array {
  return encode(goManifest, manifest);
}

/**
 * Writes an index manifest with the bytes that go-containerregistry would write. Unknown fields follow the known ones.
 *
 * @throws TypeError if a field does not have its declared type.
 */
export function marshalIndexManifest(manifest: IndexManifest): Uint8Array {
  return encode(goIndexManifest, manifest);
}

/**
 * Writes a config with the bytes that go-containerregistry would write. Unknown fields follow the known ones. If a time is
 * missing, Go's zero time is written.
 *
 * @throws TypeError if a field does not have its declared type.
 */
export function marshalConfigFile(config: ConfigFile): Uint8Array {
  return encode(goConfigFile, config);
}

/**
 * Writes a config that was read and changed. Unlike in {@link marshalConfigFile}, a missing time stays missing, because
 * Go's zero time would be a date that the original config did not contain.
 */
export function marshalChangedConfigFile(config: ConfigFile): Uint8Array {
  return encode(changedConfigFile, config);
}

const encoder = new TextEncoder();

function encode(type: GoType, value: unknown): Uint8Array {
  return encoder.encode(type.encode(value, ''));
}

const always = (name: string, type: GoType): GoField => ({ name, type });
const omitEmpty = (name: string, type: GoType): GoField => ({ name, type, omitEmpty: true });

const strings = goSlice(goString);
const stringMap = goMap(goString);
const keySet = goMap(goEmptyStruct);

// The fields are in the order of the Go structs. Fields that Docker has and
// go-containerregistry lacks are where Docker declares them.

const goPlatform = goStruct([
  always('architecture', goString),
  always('os', goString),
  omitEmpty('os.version', goString),
  omitEmpty('os.features', strings),
  omitEmpty('variant', goString),
  omitEmpty('features', strings),
]);

/** A descriptor; exported for the documents of other formats that contain descriptors. */
export const goDescriptor = goStruct([
  always('mediaType', goString),
  always('size', goInt),
  always('digest', goString),
  omitEmpty('data', goString),
  omitEmpty('urls', strings),
  omitEmpty('annotations', stringMap),
  omitEmpty('platform', goPlatform),
  omitEmpty('artifactType', goString),
]);

const goManifest = goStruct([
  always('schemaVersion', goInt),
  omitEmpty('mediaType', goString),
  always('config', goDescriptor),
  always('layers', goSlice(goDescriptor)),
  omitEmpty('annotations', stringMap),
  omitEmpty('subject', goDescriptor),
  omitEmpty('artifactType', goString),
]);

const goIndexManifest = goStruct([
  always('schemaVersion', goInt),
  omitEmpty('mediaType', goString),
  always('manifests', goSlice(goDescriptor)),
  omitEmpty('annotations', stringMap),
  omitEmpty('subject', goDescriptor),
  omitEmpty('artifactType', goString),
]);

type Created = (name: string, type: GoType) => GoField;

const historyType = (created: Created): GoType =>
  goStruct([
    omitEmpty('author', goString),
    created('created', goTime),
    omitEmpty('created_by', goString),
    omitEmpty('comment', goString),
    omitEmpty('empty_layer', goBool),
  ]);

const goRootFs = goStruct([always('type', goString), always('diff_ids', strings)]);

const goHealthConfig = goStruct([
  omitEmpty('Test', strings),
  omitEmpty('Interval', goInt),
  omitEmpty('Timeout', goInt),
  omitEmpty('StartPeriod', goInt),
  omitEmpty('StartInterval', goInt),
  omitEmpty('Retries', goInt),
]);

const goConfig = goStruct([
  omitEmpty('AttachStderr', goBool),
  omitEmpty('AttachStdin', goBool),
  omitEmpty('AttachStdout', goBool),
  omitEmpty('Cmd', strings),
  omitEmpty('Healthcheck', goHealthConfig),
  omitEmpty('Domainname', goString),
  omitEmpty('Entrypoint', strings),
  omitEmpty('Env', strings),
  omitEmpty('Hostname', goString),
  omitEmpty('Image', goString),
  omitEmpty('Labels', stringMap),
  omitEmpty('OnBuild', strings),
  omitEmpty('OpenStdin', goBool),
  omitEmpty('StdinOnce', goBool),
  omitEmpty('Tty', goBool),
  omitEmpty('User', goString),
  omitEmpty('Volumes', keySet),
  omitEmpty('WorkingDir', goString),
  omitEmpty('ExposedPorts', keySet),
  omitEmpty('ArgsEscaped', goBool),
  omitEmpty('NetworkDisabled', goBool),
  omitEmpty('MacAddress', goString),
  omitEmpty('StopSignal', goString),
  omitEmpty('StopTimeout', goInt),
  omitEmpty('Shell', strings),
]);

const configFileType = (created: Created): GoType =>
  goStruct([
    always('architecture', goString),
    omitEmpty('author', goString),
    omitEmpty('container', goString),
    created('created', goTime),
    omitEmpty('docker_version', goString),
    omitEmpty('history', goSlice(historyType(created))),
    always('os', goString),
    always('rootfs', goRootFs),
    always('config', goConfig),
    omitEmpty('os.version', goString),
    omitEmpty('variant', goString),
    omitEmpty('os.features', strings),
  ]);

const goConfigFile = configFileType(always);
const changedConfigFile = configFileType(omitEmpty);

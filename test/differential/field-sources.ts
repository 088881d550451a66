import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Dockerd } from '../support/programs/dockerd.js';
import { APP_COMMAND, type AppFiles } from '../support/programs/busybox-root.js';
import type { Peer } from '../support/programs/peers.js';
import type { Containers } from '../support/programs/podman.js';

/** An image that a tool of another project wrote. */
export interface FieldSource {
  readonly title: string;
  /** Its name in skopeo's notation. */
  readonly transport: string;
  /** Set for a layout with a manifest of Docker's media type, which skopeo cannot find. */
  readonly passedOver?: true;
  /** Path of the file or directory. */
  readonly path: string;
  /** The tag that selects it among several images. */
  readonly tag?: string;
}

const archive = (directory: string, title: string, kind: 'docker' | 'oci', tag?: string): FieldSource => {
  const file = path.join(directory, `${title.replace(/[^a-z]+/gi, '-')}.tar`);
  const transport = `${kind}-archive:${file}${tag === undefined ? '' : `:${tag}`}`;
  return { title, transport, path: file, ...(tag !== undefined && { tag }) };
};
const layout = (directory: string, title: string, tag: string): FieldSource => {
  const place = path.join(directory, title.replace(/[^a-z]+/gi, '-'));
  return { title, transport: `oci:${place}:${tag}`, path: place };
};

/** A directory that skopeo writes for `dir:`. It has no names. */
const transportFolder = (directory: string, title: string): FieldSource => {
  const place = path.join(directory, title.replace(/[^a-z]+/gi, '-'));
  return { title, transport: `dir:${place}`, path: place };
};

/** Docker builds the app and saves it, alone and with its base. */
export async function savedByDocker(
  { docker }: Pick<Dockerd, 'docker'>,
  { rootTar, context }: AppFiles,
  directory: string,
): Promise<readonly FieldSource[]> {
  await docker('import', rootTar, 'localhost/base:1');
  await docker('build', '--network', 'none', '--tag', 'localhost/app:1', context);
  const one = archive(directory, 'docker save', 'docker');
  await docker('save', '--output', one.path, 'localhost/app:1');
  const two = archive(directory, 'docker save of two', 'docker', 'localhost/app:1');
  await docker('save', '--output', two.path, 'localhost/base:1', 'localhost/app:1');
  return [one, two];
}

/** Podman builds the app and saves it in each of its formats. */
export async function savedByPodman(
  podman: Containers,
  { rootTar, context }: AppFiles,
  directory: string,
): Promise<readonly FieldSource[]> {
  await podman('import', '--quiet', rootTar, 'localhost/base:1');
  await podman('build', '--quiet', '--network=none', '--tag', 'localhost/app:1', context);
  const save = async (
    format: string,
    source: FieldSource,
    ...more: readonly string[]
  ): Promise<FieldSource> => {
    await podman('save', '--quiet', ...more, '--format', format, '--output', source.path, 'localhost/app:1');
    return source;
  };
  const several = archive(directory, 'podman save of two', 'docker', 'localhost/app:1');
  await podman('save', '--quiet', '-m', '--output', several.path, 'localhost/app:1', 'localhost/base:1');
  return [
    await save('docker-archive', archive(directory, 'podman save', 'docker')),
    several,
    await save('oci-archive', archive(directory, 'podman save oci archive', 'oci')),
    await save('oci-dir', layout(directory, 'podman save oci dir', 'localhost/app:1')),
    await save('docker-dir', transportFolder(directory, 'podman save docker dir')),
  ];
}

/** Buildah builds the app from scratch and pushes it. */
export async function pushedByBuildah(
  buildah: Containers,
  { root, context }: AppFiles,
  directory: string,
): Promise<readonly FieldSource[]> {
  const container = (await buildah('from', 'scratch')).trim();
  await buildah('copy', '--quiet', container, root, '/');
  await buildah('copy', '--quiet', container, path.join(context, 'one'), path.join(context, 'two'), '/');
  await buildah('config', '--cmd', JSON.stringify(APP_COMMAND), '--env', 'PATH=/bin', container);
  await buildah('commit', '--quiet', container, 'localhost/app:1');
  const push = async (source: FieldSource): Promise<FieldSource> => {
    const name = source.transport.startsWith('docker')
      ? `${source.transport}:localhost/app:1`
      : source.transport;
    await buildah('push', '--quiet', 'localhost/app:1', name);
    return source;
  };
  return [
    await push(archive(directory, 'buildah push to a docker archive', 'docker')),
    await push(archive(directory, 'buildah push to an OCI archive', 'oci')),
    await push(layout(directory, 'buildah push to a layout', 'v1')),
  ];
}

/** Umoci creates a layout, adds a layer, and adds another layer from a changed bundle. */
export async function madeByUmoci(
  umoci: Peer,
  { root, context }: AppFiles,
  directory: string,
): Promise<readonly FieldSource[]> {
  const source = layout(directory, 'umoci repack', 'app');
  const image = ['--image', `${source.path}:app`];
  const bundle = path.join(directory, 'bundle');
  await umoci.run(['init', '--layout', source.path]);
  await umoci.run(['new', ...image]);
  await umoci.run(['insert', ...image, root, '/']);
  await umoci.run(['unpack', ...image, bundle]);
  for (const name of ['one', 'two'])
    await copyFile(path.join(context, name), path.join(bundle, 'rootfs', name));
  await umoci.run(['repack', ...image, bundle]);
  await umoci.run(['config', ...image, ...APP_COMMAND.flatMap((word) => ['--config.cmd', word])]);
  return [source];
}

/** Skopeo copies an image into each of its formats. */
export async function copiedBySkopeo(
  skopeo: Peer,
  from: string,
  directory: string,
): Promise<readonly FieldSource[]> {
  const copy = async (origin: string, { transport }: FieldSource): Promise<string> =>
    skopeo.run(['--insecure-policy', 'copy', '--quiet', origin, transport]);
  const toLayout = layout(directory, 'skopeo copy to a layout', 'v1');
  const fromArchive = [
    archive(directory, 'skopeo copy to a docker archive', 'docker', 'localhost/app:1'),
    archive(directory, 'skopeo copy to an OCI archive', 'oci', 'v1'),
    toLayout,
  ];
  for (const source of fromArchive) await copy(from, source);
  // From an archive of plain layers, skopeo would list the layers as compressed, although they are not.
  const toFolder = transportFolder(directory, 'skopeo copy to a directory');
  await copy(toLayout.transport, toFolder);
  return [...fromArchive, toFolder];
}

/** Crane pulls an image in its three formats. */
export async function pulledByCrane(
  crane: Peer,
  reference: string,
  directory: string,
): Promise<readonly FieldSource[]> {
  const pull = async (format: string, source: FieldSource): Promise<FieldSource> => {
    await crane.run([
      'pull',
      '--format',
      format,
      ...(format === 'oci' ? ['--annotate-ref'] : []),
      reference,
      source.path,
    ]);
    return source;
  };
  await mkdir(directory, { recursive: true });
  return [
    await pull('tarball', archive(directory, 'crane pull', 'docker')),
    await pull('legacy', archive(directory, 'crane pull of the first format', 'docker')),
    await pull('oci', { ...layout(directory, 'crane pull to a layout', 'app'), passedOver: true }),
  ];
}

import { repeatable, type Declare, withExample } from '../context/declare.js';

interface LoginFlags {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly check?: boolean;
}

interface TokenFlags {
  readonly header?: boolean;
  readonly mount?: readonly string[];
  readonly push?: boolean;
}

export const declareAuth: Declare = (program, open) => {
  const auth = program.command('auth').description('store, remove and print credentials for registries');
  withExample(
    auth
      .command('login')
      .description("check credentials with a registry, and store them in docker's configuration")
      .argument('<registry>', 'registry, or a namespace of one')
      .option('-u, --username <name>', 'user name')
      .option('-p, --password <password>', 'password, which other users can see; --password-stdin is safer')
      .option('--password-stdin', 'read the password from stdin')
      .option('--no-check', 'store the credentials without asking the registry whether it accepts them')
      .action(async (registry: string, flags: LoginFlags) => {
        const { authLogin } = await import('../actions/auth.js');
        await authLogin(open(), registry, flags);
      }),
    'gantry auth login registry.example',
    'pass show registry | gantry auth login registry.example -u me --password-stdin',
  );
  withExample(
    auth
      .command('logout')
      .description("remove the credentials for a registry from docker's and podman's configuration")
      .argument('<registry>', 'registry, or a namespace of one')
      .action(async (registry: string) => {
        const { authLogout } = await import('../actions/auth.js');
        await authLogout(open(), registry);
      }),
    'gantry auth logout registry.example',
  );
  withExample(
    auth
      .command('get')
      .description('print the credentials for a registry as a credential helper does')
      .argument('[registry]', 'registry, or a namespace of one (default: read from stdin)')
      .action(async (registry: string | undefined) => {
        const { authGet } = await import('../actions/auth.js');
        await authGet(open(), registry);
      }),
    'gantry auth get registry.example | jq -r .Username',
  );
  withExample(
    auth
      .command('token')
      .description('get a bearer token for a repository')
      .argument('<repository>', 'repository to access')
      .option('-H, --header', 'print the token as a header: Authorization: Bearer ...')
      .option('-m, --mount <repository>', 'repository to mount blobs from; may be repeated', repeatable)
      .option('--push', 'request the right to push, too')
      .action(async (repository: string, flags: TokenFlags) => {
        const { token } = await import('../../crane/token.js');
        const cli = open();
        const value = await token(repository, { ...cli.options, push: flags.push, mount: flags.mount });
        if (flags.header === true) await cli.raw(Buffer.from(`Authorization: Bearer ${value}`));
        else await cli.line(JSON.stringify({ token: value }));
      }),
    'curl -H "$(gantry auth token -H busybox)" https://index.docker.io/v2/library/busybox/tags/list',
  );
  return auth;
};

// Builds the native addon of @tensorflow/tfjs-node-gpu against the TensorFlow of a Python wheel, for machines where
// the library that the package wants to download (TensorFlow 2.9, CUDA 11.2) cannot be had or does not know the GPU.
// Linux on x64; needs g++, and python3 with pip to fetch and unpack the wheel; nothing of it is needed afterwards.
//
//   node scripts/buildTensorflow.mjs [--package tensorflow-cpu] [--version 2.18.1] [--wheel FILE]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const name = '@tensorflow/tfjs-node-gpu';
/** The newest Node-API version that the package's loader looks for. */
const nodeApi = 8;

try {
  build(options());
} catch (error) {
  process.stderr.write(`buildTensorflow: ${error.message}\n`);
  process.exit(1);
}

function options() {
  const { values } = parseArgs({
    options: {
      package: { type: 'string', default: 'tensorflow-cpu' },
      version: { type: 'string', default: '2.18.1' },
      wheel: { type: 'string' },
    },
  });
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`this is ${process.platform} on ${process.arch}: expected linux on x64`);
  return values;
}

function build({ package: packageName, version, wheel }) {
  const work = mkdtempSync(join(tmpdir(), 'onager-tensorflow-'));
  try {
    const home = packageHome();
    const file = wheel === undefined ? download(`${packageName}==${version}`, work) : resolve(wheel);
    say(`unpacking ${file}`);
    const { include, cuda } = unpack(file, work, join(home, 'deps', 'lib'));
    const addon = join(home, 'lib', `napi-v${nodeApi}`, 'tfjs_binding.node');
    mkdirSync(dirname(addon), { recursive: true });
    say('compiling the addon');
    run('g++', [
      '-O2',
      '-std=c++17',
      '-fPIC',
      '-shared',
      `-DNAPI_VERSION=${nodeApi}`,
      ...[headers(work), include, home].map((folder) => `-I${folder}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((source) => join(home, 'binding', source)),
      '-o',
      addon,
      `-L${join(home, 'deps', 'lib')}`,
      '-l:libtensorflow_cc.so.2',
      '-l:libtensorflow_framework.so.2',
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ]);
    say('trying it');
    // In a process of its own: a library that does not fit ends it.
    run(process.execPath, ['-e', `require(${JSON.stringify(addon)})`]);
    say(`done: ${addon}\nonager backend tells what it can do`);
    // The library looks for them beside its own folder, as it does in a Python installation.
    if (cuda.length > 0)
      say(`for a GPU it needs:\npython3 -m pip install --no-deps --target ${join(home, 'deps')} ${cuda.join(' ')}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Where the package is. npm leaves it out when its own download has failed: then it is fetched without that. */
function packageHome() {
  const found = () => {
    for (const folder of require.resolve.paths(name)) {
      const home = join(folder, name);
      if (existsSync(join(home, 'binding', 'tfjs_backend.cc'))) return home;
    }
    return undefined;
  };
  const wanted = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).optionalDependencies[
    name
  ];
  if (found() === undefined) {
    say(`fetching ${name}@${wanted}`);
    run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${wanted}`]);
  }
  const home = found();
  if (home === undefined) throw new Error(`${name} is not installed: expected it in node_modules`);
  return home;
}

function download(wheel, work) {
  say(`downloading ${wheel}`);
  const folder = join(work, 'wheel');
  run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder, wheel]);
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error(`pip downloaded nothing for ${wheel}`);
  return join(folder, file);
}

/**
 * Puts the libraries where the addon looks for them. Returns the folder of the headers, and the packages with NVIDIA's
 * libraries that the wheel wants for a GPU: none for one that knows no GPU.
 */
function unpack(wheel, work, libraries) {
  mkdirSync(libraries, { recursive: true });
  const program = `
import re, shutil, sys, zipfile
wheel, headers, libraries = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith('tensorflow/include/') and name.endswith('.h'):
            archive.extract(name, headers)
        elif name in ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'):
            with archive.open(name) as source, open(libraries + '/' + name.split('/')[1], 'wb') as target:
                shutil.copyfileobj(source, target)
        elif name.endswith('.dist-info/METADATA'):
            for line in archive.read(name).decode().splitlines():
                wanted = re.match(r"Requires-Dist: (nvidia-\\S+) *(==\\S+) *;.*and-cuda", line)
                if wanted:
                    print(wanted[1] + wanted[2])
`;
  const wanted = run('python3', ['-c', program, wheel, work, libraries]);
  for (const library of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    if (!existsSync(join(libraries, library)))
      throw new Error(`${wheel} has no ${library}: expected a wheel of TensorFlow 2.15 or later for Linux`);
  return { include: join(work, 'tensorflow', 'include'), cuda: wanted.split('\n').filter((line) => line !== '') };
}

/** The headers of Node-API: those that came with this Node, else those of the npm package that carries them. */
function headers(work) {
  const own = join(dirname(process.execPath), '..', 'include', 'node');
  if (existsSync(join(own, 'node_api.h'))) return own;
  run('npm', ['install', '--prefix', work, '--no-save', '--no-audit', '--no-fund', 'node-api-headers@1']);
  return join(work, 'node_modules', 'node-api-headers', 'include');
}

/** What the command prints. */
function run(command, given) {
  const { status, error, stderr, stdout } = spawnSync(command, given, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${command}: ${error.message}`);
  if (status === 0) return stdout;
  const said = `${stderr}${stdout}`.trim().split('\n').slice(-8).join('\n');
  throw new Error(`${command} ended with ${status}:\n${said}`);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

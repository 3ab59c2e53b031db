// npm makes a package's `bin` executable when it installs it, but not in a checkout.
import { chmod } from 'node:fs/promises';

await chmod('dist/src/cli/main.js', 0o755);

#!/usr/bin/env node
/** The `digdir` command. Plain JavaScript: a Node that is too old for the TypeScript sources has to be told so first. */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `digdir needs Node.js 22.18 or newer; this is ${process.versions.node}. Install a newer one (nodejs.org), ` +
      'or call it through npm in a clone of the project (`npm run digdir -- …`), which brings its own.\n',
  );
  process.exitCode = 2;
} else {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2), process.env);
}

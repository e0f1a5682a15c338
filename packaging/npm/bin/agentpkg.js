#!/usr/bin/env node
// Starts the program that npm installed for this machine. Nothing is downloaded here or at install.
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const machine = `${process.platform}-${process.arch}`;

function program() {
  try {
    return require.resolve(`@agentpkg/cli-${machine}/bin/agentpkg`);
  } catch {
    return undefined;
  }
}

const path = program();
if (path === undefined) {
  console.error(`error: there is no package @agentpkg/cli-${machine}, or npm left it out`);
  console.error('hint: on x64 Linux, install again with optional dependencies: npm install -g --include=optional @agentpkg/cli');
  console.error('hint: on another machine, build from source; the README says how');
  process.exit(2);
}

const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
// A terminal tells the whole group of an interruption, the program too; it says when it ends.
for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`error: failed to start ${path}`);
  console.error(`  caused by: ${error.message}`);
  process.exit(2);
});
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));

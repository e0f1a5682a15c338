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
  console.error('note: it is for Linux on x64 with glibc, which Alpine has not');
  console.error('hint: install again with optional dependencies: npm install -g --include=optional @agentpkg/cli');
  console.error('hint: on another machine, build from source; the README says how');
  process.exit(2);
}

const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
// The program decides what a signal does, and this process ends as it does. At a terminal both get it.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`error: failed to start ${path}`);
  console.error(`  caused by: ${error.message}`);
  process.exit(2);
});
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));

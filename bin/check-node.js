// Runs at the end of `npm ci`, also on a Node.js that cannot run the rest, so it is plain JavaScript.
const needed = 24;
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.stderr.write(
    `Slipway needs Node.js ${needed}, which npm could not install for ${process.platform} ${process.arch}. Install it from https://nodejs.org, then run npm ci again; this is ${process.version}.\n`,
  );
  process.exit(1);
}

/*
 * Loaded before each test file (`node --import`): what has ended is over. Node 20, on its way out, can wait for ever, spinning, for requests
 * of sockets that were reset (Environment::CleanupHandles), with every test long passed; process.exit() leaves that out. It is
 * asked for last, when every other listener has set the exit code that it wants.
 */
process.once("beforeExit", () => process.on("exit", (code) => process.exit(code)));

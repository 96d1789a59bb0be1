// Runs what a developer copied from the console, as it was copied: `node copied.mjs COPY`. A person goes where it sends them.
import { found, visit } from "./rely.mjs";

const { begin, finish, newDPoP } = await import(process.argv[2]);
const session = {};
const keys = newDPoP ? [await newDPoP()] : [];
const back = await visit(await begin(session, ...keys));
found({ learned: await finish(session, ...keys, back) });

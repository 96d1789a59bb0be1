// Runs what a developer copied from the console for asking a person who is elsewhere: `node copied-ciba.mjs COPY`. The person
// answers when the test is told that they are asked.
import { found, party, visit } from "./rely.mjs";

const { ask, answered } = await import(process.argv[2]);
const asked = await ask(party.number, "1234");
await visit(party.issuer + "/ciba");
const tokens = await answered(asked);
found({ learned: tokens.claims(), token_type: tokens.token_type });

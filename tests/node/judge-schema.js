// npm's ajv as an outside judge of docs/schema. Reads from standard input, writes one line of JSON.
// { schemas: { name: schema }, cases: [{ schema: name, value }] }  ->  [null, or the faults as text, for each case]
import Ajv2020 from 'ajv/dist/2020.js';
import { text } from 'node:stream/consumers';

const { schemas, cases } = JSON.parse(await text(process.stdin));
// strictRequired and the like are about how a schema reads, strictSchema about words that mean nothing.
const ajv = new Ajv2020({ strictSchema: true, allErrors: true });
const judges = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));
console.log(JSON.stringify(cases.map(({ schema, value }) => (judges[schema](value) ? null : ajv.errorsText(judges[schema].errors)))));

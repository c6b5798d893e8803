// npm's ajv as an outside judge of an OpenAPI document. Reads from standard input, writes one line of JSON.
// { document, answers: [{ path, method, status, mediaType, body }] }  ->  { examples: N, answers: N, faults: [text] }
// Every example is held against the schema beside it; every answer against the schema that the document has for it.
import Ajv2020 from 'ajv/dist/2020.js';
import { text } from 'node:stream/consumers';

const { document, answers } = JSON.parse(await text(process.stdin));
const faults = [];
const ajv = new Ajv2020({
  strict: false, // the document around the schemas has words of its own
  allErrors: true,
  validateFormats: true,
  formats: {
    uuid: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    email: /^[^\s@]+@[^\s@]+$/,
    password: true, binary: true, double: true,
    int32: { type: 'number', validate: n => Number.isInteger(n) && Math.abs(n) <= 2 ** 31 },
    int64: { type: 'number', validate: Number.isInteger },
  },
});
ajv.addSchema(document, 'document');

const escape = part => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
const compiled = new Map();
function hold(schemaPath, value, where) {
  const ref = 'document#/' + schemaPath.map(escape).join('/');
  if (!compiled.has(ref)) compiled.set(ref, ajv.compile({ $ref: ref }));
  const judge = compiled.get(ref);
  if (!judge(value)) faults.push(`${where}: ${ajv.errorsText(judge.errors).slice(0, 1000)}`);
}

let examples = 0;
function walk(node, path) {
  if (node === null || typeof node !== 'object') return;
  if (!Array.isArray(node) && !['properties', 'examples'].includes(path.at(-1))) {
    const given = [];
    if (node.schema) {
      if ('example' in node) given.push(node.example);
      if (node.examples && !Array.isArray(node.examples)) given.push(...Object.values(node.examples).map(example => example.value));
    }
    for (const value of given) { examples++; hold([...path, 'schema'], value, `the example at ${path.join(' ')}`); }
    // A schema's own.
    if (Array.isArray(node.examples)) for (const value of node.examples) { examples++; hold(path, value, `the example of ${path.join(' ')}`); }
    if (node.type && 'default' in node) { examples++; hold(path, node.default, `the default of ${path.join(' ')}`); }
  }
  for (const [key, child] of Object.entries(node)) if (key !== 'example') walk(child, [...path, key]);
}
walk(document, []);

const resolve = (node, path) => node?.$ref ? resolve(...(() => {
  const target = node.$ref.slice(2).split('/');
  return [target.reduce((at, part) => at?.[part], document), target];
})()) : [node, path];
for (const answer of answers ?? []) {
  const where = `${answer.method.toUpperCase()} ${answer.path} ${answer.status}`;
  const route = ['paths', answer.path, answer.method];
  const responses = document.paths[answer.path]?.[answer.method]?.responses;
  const [response, path] = resolve(responses?.[answer.status], [...route, 'responses', answer.status]);
  if (!response) { faults.push(`${where}: the document has no such answer`); continue; }
  if (!answer.mediaType) { if (response.content) faults.push(`${where}: came without a body`); continue; }
  const content = response.content?.[answer.mediaType];
  if (!content) { faults.push(`${where}: the document has no ${answer.mediaType}`); continue; }
  if (/[/+]json$/.test(answer.mediaType)) hold([...path, 'content', answer.mediaType, 'schema'], answer.body, where);
}
console.log(JSON.stringify({ examples, answers: (answers ?? []).length, faults }));

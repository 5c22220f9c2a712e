// Draws the OpenAPI document. Everything shown is a text node: nothing of the document is ever parsed as markup.
'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** An element with attributes and children; strings become text. */
function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

function schemaName(reference) {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** The type of a schema in a few words, references as links. */
function typeOf(schema) {
  if (schema === undefined) return ['anything'];
  if (schema.$ref !== undefined) {
    const name = schemaName(schema.$ref);
    return [element('a', { href: `#schema-${name}` }, name)];
  }
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices !== undefined) {
    return choices.flatMap((choice, index) => (index === 0 ? typeOf(choice) : [' | ', ...typeOf(choice)]));
  }
  if (schema.enum !== undefined) return [schema.enum.map((value) => JSON.stringify(value)).join(' | ')];
  if (schema.type === 'array') return ['list of ', ...typeOf(schema.items)];
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return ['map to ', ...typeOf(schema.additionalProperties)];
  }
  const types = [schema.type ?? 'object'].flat().join(' | ');
  return [schema.format === undefined ? types : `${types} (${schema.format})`];
}

function table(heads, rows) {
  const head = element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)));
  const body = rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, ...[cell].flat()))));
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
}

function fields(schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    element('code', {}, required.has(name) ? name : `${name}?`),
    typeOf(field),
    field.description ?? '',
  ]);
  return rows.length === 0 ? undefined : table(['Field', 'Type', 'Meaning'], rows);
}

function drawSchema(name, schema) {
  const choices = (schema.oneOf ?? []).filter((choice) => choice.properties !== undefined);
  const bodies = choices.length > 0 ? choices : [schema];
  return element(
    'section',
    { id: `schema-${name}` },
    element('h3', {}, name),
    element('p', {}, schema.description ?? ''),
    schema.properties === undefined && choices.length === 0 ? element('p', {}, ...typeOf(schema)) : undefined,
    ...bodies.flatMap((body) => [
      body === schema ? undefined : element('h4', {}, body.title ?? ''),
      body === schema ? undefined : element('p', {}, body.description ?? ''),
      fields(body),
    ]),
  );
}

function drawOperation(method, path, operation) {
  const title = element(
    'summary',
    {},
    element('span', { class: 'method' }, method.toUpperCase()),
    element('code', {}, path),
    ' ',
    operation.summary ?? '',
  );
  const parameters = (operation.parameters ?? []).map((parameter) => [
    element('code', {}, parameter.required ? parameter.name : `${parameter.name}?`),
    parameter.in,
    typeOf(parameter.schema),
    parameter.description ?? '',
  ]);
  const content = Object.values(operation.requestBody?.content ?? {});
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => [
    status,
    answer.description ?? '',
    Object.values(answer.content ?? {}).flatMap((media) => typeOf(media.schema)),
  ]);
  return element(
    'details',
    { id: operation.operationId },
    title,
    element('p', {}, operation.description ?? ''),
    parameters.length === 0 ? undefined : table(['Parameter', 'In', 'Type', 'Meaning'], parameters),
    content.length === 0 ? undefined : element('p', {}, 'Body: ', ...typeOf(content[0].schema)),
    table(['Status', 'When', 'Body'], answers),
  );
}

function draw(spec) {
  document.getElementById('about').textContent = spec.info.description ?? '';
  const reference = document.getElementById('reference');
  const contents = element('ul', {});
  reference.replaceChildren();
  for (const tag of spec.tags ?? []) {
    const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]?.tags?.includes(tag.name)).map((method) =>
        drawOperation(method, path, item[method]),
      ),
    );
    const heading = element('h2', { id: `tag-${tag.name}` }, tag.name);
    reference.append(element('section', {}, heading, element('p', {}, tag.description ?? ''), ...operations));
    contents.append(element('li', {}, element('a', { href: `#tag-${tag.name}` }, tag.name)));
  }
  const schemas = Object.entries(spec.components?.schemas ?? {}).map(([name, schema]) => drawSchema(name, schema));
  reference.append(element('section', {}, element('h2', { id: 'schemas' }, 'Objects'), ...schemas));
  contents.append(element('li', {}, element('a', { href: '#schemas' }, 'Objects')));
  document.getElementById('contents').replaceChildren(contents);
}

async function start() {
  const reference = document.getElementById('reference');
  try {
    const answer = await fetch('/api/v1/openapi.json');
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    draw(await answer.json());
  } catch (error) {
    reference.textContent = `The document could not be loaded (${error.message}).`;
  }
  reference.removeAttribute('aria-busy');
}

start();

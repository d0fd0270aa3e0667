/* The AsyncAPI document: its channels and messages, and the judgement whether what came is one that it describes. */
import assert from "node:assert/strict";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { read } from "./markdown.mjs";

export const asyncapi = parse(read("docs/api/asyncapi.yaml"));
export const { messages } = asyncapi.components;

const ajv = addFormats(new Ajv({ strict: false, allErrors: true, allowUnionTypes: true }));
ajv.addSchema(asyncapi, "asyncapi");

export const resolved = (part) => (part?.$ref === undefined ? part
	: resolved(part.$ref.slice(2).split("/").reduce((place, name) => place[name], asyncapi)));

/* The names of the messages that travel on CHANNEL, as the document says. */
export const namesOn = (channel) => Object.values(asyncapi.channels[channel].messages).map((message) => resolved(message).name);

/* Fails with all complaints when VALUE is not what the message called NAME carries. */
export function conforms(value, name) {
	const key = Object.keys(messages).find((one) => messages[one].name === name);
	assert.ok(key, `asyncapi.yaml knows no message ${name}: ${JSON.stringify(value)}`);
	const validate = ajv.getSchema(`asyncapi${messages[key].payload.$ref}`);
	assert.ok(validate(value), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value, null, 1)}`);
}

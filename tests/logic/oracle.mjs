// JSON Logic as its author wrote it (npm json-logic-js), for the tests.
//
//   node oracle.mjs FOLDER <INPUT     FOLDER: what tools/test-npm printed; INPUT: {"data": …, "rules": […]}
//
// Prints a JSON list: of each rule {"value": …}; {"special": "NaN"} for a number that JSON cannot say, {"error": …} for a list with one, and
// when the rule cannot be computed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const logic = createRequire(`${process.argv[2]}/`)('json-logic-js');
const { data, rules } = JSON.parse(readFileSync(0, 'utf8'));

function answer(rule) {
  try {
    const value = logic.apply(rule, data) ?? null;
    if (typeof value === 'number' && !Number.isFinite(value)) return { special: String(value) };
    JSON.stringify(value, (_, inner) => {
      if (typeof inner === 'number' && !Number.isFinite(inner)) throw new Error('a list with a number that JSON cannot say');
      return inner;
    });
    return { value };
  } catch (error) {
    return { error: String(error) };
  }
}

console.log(JSON.stringify(rules.map(answer)));

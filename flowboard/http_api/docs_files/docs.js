// Reads /openapi.json and shows it. Text goes in as text: nothing is ever made markup.

const METHODS = ["get", "post"];
const SHOWN_MAX = 200_000; // Characters of an answer.
const TRY_MS = 15_000;

/** Returns a new element with attributes and children; a text child stays text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Returns what a `$ref` of the document leads to, and anything else as it is. */
function resolved(spec, thing) {
  if (thing?.$ref === undefined) return thing ?? {};
  const places = thing.$ref.slice(2).split("/");
  return places.reduce((at, place) => at?.[place], spec) ?? {};
}

/** Returns a schema in words: `string`, `a | b`, `list of Trade`, with its limits. */
function typeName(schema) {
  if (schema === undefined) return "";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.allOf) return schema.allOf.map(typeName).filter(Boolean).join(" & ");
  if (schema.anyOf) return schema.anyOf.map(typeName).join(" or ");
  if (schema.enum) return schema.enum.map(String).join(" | ");
  if (schema.type === "array") return `list of ${typeName(schema.items) || "anything"}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `object of ${typeName(schema.additionalProperties)}`;
  }
  const { minimum, maximum } = schema;
  const limits = maximum === undefined ? "" : ` ${minimum ?? ""} to ${maximum}`;
  return `${schema.type ?? "anything"}${schema.format ? ` (${schema.format})` : ""}${limits}`;
}

/** Returns the names of the types that a schema leads to, itself among them. */
function typesOf(spec, schema, found = new Set()) {
  if (schema === null || typeof schema !== "object") return found;
  if (typeof schema.$ref === "string") {
    const name = typeName(schema);
    if (found.has(name)) return found;
    found.add(name);
    return typesOf(spec, resolved(spec, schema), found);
  }
  for (const inner of Object.values(schema)) typesOf(spec, inner, found);
  return found;
}

function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  const made = element(
    "table",
    { "aria-label": caption },
    element("thead", {}, head),
    element("tbody", {}, ...body),
  );
  // Can be scrolled sideways on a narrow screen, with the keyboard, too.
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption }, made);
}

function code(text) {
  return element("code", {}, text);
}

/** Returns the address with the values given; empty ones are left out. */
function address(path, parameters, values) {
  let place = path;
  const query = new URLSearchParams();
  for (const { name, in: where } of parameters) {
    const value = values[name] ?? "";
    if (where === "path") place = place.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== "") query.set(name, value);
  }
  const asked = query.toString().replaceAll("%2C", ",");
  return asked ? `${place}?${asked}` : place;
}

function exampleValues(parameters) {
  const given = parameters.filter((each) => each.example !== undefined);
  return Object.fromEntries(given.map((each) => [each.name, String(each.example)]));
}

function curl(method, path, operation) {
  const where = location.origin + address(path, operation.parameters ?? [], exampleValues(operation.parameters ?? []));
  if (method === "get") return `curl '${where}'`;
  const body = operation.requestBody?.content["application/json"].example;
  const data = body === undefined ? "" : ` -d '${JSON.stringify(body)}'`;
  return `curl -X POST -H "Authorization: Bearer $TOKEN"${data} '${where}'`;
}

/** Returns a form that asks, and shows the answer. */
function tryForm(path, operation, identity) {
  const parameters = operation.parameters ?? [];
  const examples = exampleValues(parameters);
  const fields = parameters.map((each) => {
    const id = `${identity}-${each.name}`;
    const words = each.schema.enum;
    const field = words ? element("select", { id }) : element("input", { id, autocomplete: "off" });
    if (words) {
      for (const word of each.in === "path" ? words : ["", ...words]) {
        field.append(element("option", { value: word }, word || "–"));
      }
    }
    field.value = examples[each.name] ?? "";
    return [each.name, field, element("span", {}, element("label", { for: id }, each.name), field)];
  });
  const told = element("p", { class: "faint" });
  const shown = element("pre", { class: "answer", tabindex: "0", hidden: "", "aria-label": "Answer" });
  const form = element("form", {}, ...fields.map(([, , both]) => both), element("button", {}, "Try"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.map(([name, field]) => [name, field.value.trim()]));
    const where = address(path, parameters, values);
    told.textContent = `Asking ${where} …`;
    const began = performance.now();
    try {
      const answer = await fetch(where, { cache: "no-store", signal: AbortSignal.timeout(TRY_MS) });
      const text = await answer.text();
      const took = Math.round(performance.now() - began);
      told.textContent = `${answer.status} ${answer.statusText} from ${where} in ${took} ms, ${text.length} characters`;
      shown.textContent = pretty(text).slice(0, SHOWN_MAX);
    } catch (problem) {
      told.textContent = `No answer from ${where}: ${problem.message}`;
      shown.textContent = "";
    }
    shown.hidden = shown.textContent === "";
  });
  return [form, told, shown];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Returns the tables of the types that an answer is made of. */
function typeTables(spec, schema) {
  return [...typesOf(spec, schema)].flatMap((name) => {
    const type = spec.components.schemas[name] ?? {};
    const keys = Object.entries(type.properties ?? {});
    if (keys.length === 0) return [];
    const required = new Set(type.required ?? []);
    const rows = keys.map(([key, value]) => [
      code(required.has(key) ? key : `${key}?`),
      typeName(value),
      value.description ?? "",
    ]);
    return [element("h3", {}, name), element("p", { class: "faint" }, type.description ?? ""), table(name, ["key", "type", "meaning"], rows)];
  });
}

function operationView(spec, method, path, operation) {
  const parameters = operation.parameters ?? [];
  const good = Object.entries(operation.responses).find(([status]) => status.startsWith("2"));
  const content = resolved(spec, good?.[1]).content ?? {};
  const kinds = Object.keys(content);
  const schema = content["application/json"]?.schema;
  const inside = element("div", { class: "inside" });
  if (parameters.length > 0) {
    const rows = parameters.map((each) => [
      code(each.name),
      each.in,
      typeName(each.schema),
      String(each.schema.default ?? ""),
      each.description ?? "",
    ]);
    inside.append(element("h3", {}, "Keys"), table("Keys", ["key", "in", "values", "default", "meaning"], rows));
  }
  const body = operation.requestBody?.content["application/json"].schema;
  if (body) inside.append(element("h3", {}, "Body"), ...typeTables(spec, body));
  inside.append(element("h3", {}, "Example"), element("pre", {}, curl(method, path, operation)));
  const ends = !kinds.includes("application/x-ndjson");
  if (method === "get" && ends) {
    inside.append(element("h3", {}, "Try"), ...tryForm(path, operation, operation.operationId));
  }
  inside.append(element("h3", {}, "Answer"), element("p", {}, `${good?.[0] ?? ""} ${kinds.join(" or ")}`));
  if (schema) inside.append(...typeTables(spec, schema));
  const errors = Object.entries(operation.responses)
    .filter(([, response]) => response.$ref)
    .map(([status, response]) => [status, code(response.$ref.split("/").at(-1).replaceAll(".", ", "))]);
  inside.append(element("h3", {}, "Errors"), table("Errors", ["HTTP", "code"], errors));
  return inside;
}

function summaryLine(method, path, operation) {
  return element(
    "summary",
    {},
    element("span", { class: `method ${method}` }, method.toUpperCase()),
    code(path),
    " ",
    element("span", { class: "faint" }, operation.summary ?? ""),
  );
}

/** Returns every operation as `{tag, details, words}`; it is filled in when opened. */
function operations(spec) {
  return Object.entries(spec.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const details = element("details", { id: operation.operationId }, summaryLine(method, path, operation));
      details.addEventListener("toggle", () => {
        if (details.open && details.childElementCount === 1) {
          details.append(operationView(spec, method, path, operation));
        }
      });
      const types = [...typesOf(spec, operation.responses["200"] ?? {})];
      const keys = types.flatMap((name) => Object.keys(spec.components.schemas[name]?.properties ?? {}));
      const named = (operation.parameters ?? []).map((each) => each.name);
      const words = [method, path, operation.summary, ...named, ...types, ...keys].join(" ").toLowerCase();
      return { tag: operation.tags?.[0] ?? "", details, words };
    }),
  );
}

function show(spec) {
  const found = document.getElementById("found");
  const search = document.getElementById("search");
  document.getElementById("about").textContent = spec.info.description;
  document.title = `Flowboard ${spec.info.version} API`;
  const all = operations(spec);
  const groups = grouped(all);
  const main = document.getElementById("operations");
  const sections = [...groups].map(([tag, members]) => {
    const heading = element("h2", {}, tag);
    const section = element("section", {}, heading, ...members.map((each) => each.details));
    main.append(section);
    return { section, members };
  });
  function look() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { section, members } of sections) {
      let any = false;
      for (const { details, words: has } of members) {
        const fits = words.every((word) => has.includes(word));
        details.hidden = !fits;
        any ||= fits;
        count += fits ? 1 : 0;
      }
      section.hidden = !any;
    }
    found.textContent = `${count} of ${all.length} addresses`;
  }
  search.addEventListener("input", look);
  look();
  const wanted = document.getElementById(location.hash.slice(1));
  if (wanted instanceof HTMLDetailsElement) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

function grouped(all) {
  const groups = new Map();
  for (const each of all) groups.set(each.tag, [...(groups.get(each.tag) ?? []), each]);
  return groups;
}

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === "/" && !typing) {
    event.preventDefault();
    document.getElementById("search").focus();
  }
});

try {
  const answer = await fetch("/openapi.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  show(await answer.json());
} catch (problem) {
  document.getElementById("found").textContent = `/openapi.json could not be read (${problem.message}): load the page again`;
}

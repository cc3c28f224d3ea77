// Writes edms/web/static from the sources here and the packages of package-lock.json. The same input gives the same bytes.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "edms", "web", "static");
const packages = join(here, "node_modules");

const FONTS = {
  "noto-sans-latin": ["noto-sans", "noto-sans-latin-wght-normal"],
  "noto-sans-cyrillic": ["noto-sans", "noto-sans-cyrillic-wght-normal"],
  "noto-sans-georgian": ["noto-sans-georgian", "noto-sans-georgian-georgian-wght-normal"],
  "noto-sans-armenian": ["noto-sans-armenian", "noto-sans-armenian-armenian-wght-normal"],
};

async function fonts() {
  await mkdir(join(out, "fonts"), { recursive: true });
  for (const [name, [pack, file]] of Object.entries(FONTS)) {
    const from = join(packages, "@fontsource-variable", pack);
    await copyFile(join(from, "files", `${file}.woff2`), join(out, "fonts", `${name}.woff2`));
    await copyFile(join(from, "LICENSE"), join(out, "fonts", `OFL-${pack}.txt`));
  }
}

// One sprite of the icons named in icons.txt and our own seal, referred to by <use href="…#name">.
async function icons() {
  const names = (await readFile(join(here, "icons.txt"), "utf8")).split("\n").map((l) => l.trim()).filter((l) => l && !l.startsWith("#"));
  const symbols = [];
  for (const name of [...new Set(names)].sort()) {
    const source = await readFile(join(packages, "bootstrap-icons", "icons", `${name}.svg`), "utf8");
    symbols.push(symbol(name, source));
  }
  symbols.push(symbol("seal", await readFile(join(here, "icons", "seal.svg"), "utf8")));
  await writeFile(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
}

function symbol(name, source) {
  const inner = source.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 16 16">${inner}</symbol>`;
}

async function licences() {
  await mkdir(join(out, "licences"), { recursive: true });
  await copyFile(join(packages, "htmx.org", "LICENSE"), join(out, "licences", "htmx.txt"));
  await copyFile(join(packages, "bootstrap-icons", "LICENSE"), join(out, "licences", "bootstrap-icons.txt"));
}

await fonts();
await icons();
await licences();
await copyFile(join(here, "seal.svg"), join(out, "seal.svg"));
await build({
  absWorkingDir: here,
  entryPoints: [{ in: "styles/app.css", out: "app" }],
  bundle: true,
  minify: true,
  charset: "utf8",
  external: ["fonts/*"],
  target: ["chrome90", "firefox90", "safari14"],
  outdir: out,
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: [{ in: "scripts/app.js", out: "app" }],
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  banner: { js: "/* Includes htmx 4.0.1 (Zero-Clause BSD, licences/htmx.txt). */" },
  outdir: out,
  logLevel: "warning",
});

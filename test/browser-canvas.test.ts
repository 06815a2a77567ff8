// Pictures in headless Chromium, by its own decoder and canvas: the same pixels as in Node.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { PNG } from "pngjs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { imagesToTensor, type Pixels } from "wasmgrad/data";
import { findChromium, HOW_TO_INSTALL, launch, serve } from "./support/browser.js";

const program = `
  import { drawPixels, imagePixels, imagesToTensor, tensorToImages } from "wasmgrad/data";
  import { decodeImage } from "wasmgrad/images";

  window.look = async (file) => {
    const bytes = Uint8Array.from(file);
    const pictures = {
      decoded: await decodeImage(bytes),
      bitmap: imagePixels(await createImageBitmap(new Blob([bytes]))),
    };
    const tensor = imagesToTensor([pictures.decoded], { channels: "rgba", type: "u8" });
    const canvas = document.createElement("canvas");
    drawPixels(canvas, tensorToImages(tensor)[0]);
    pictures.canvas = imagePixels(canvas);
    const off = new OffscreenCanvas(1, 1);
    drawPixels(off, tensorToImages(tensor)[0]);
    pictures.offscreen = imagePixels(off);
    const context = canvas.getContext("2d");
    pictures.imageData = imagePixels(context.getImageData(0, 0, canvas.width, canvas.height));
    const plain = ({ data, width, height }) => ({ data: [...data], width, height });
    return {
      pictures: Object.fromEntries(Object.entries(pictures).map(([name, picture]) => [name, plain(picture)])),
      tensor: [...imagesToTensor([pictures.canvas], { width: 3, height: 2, scale: 1 / 255 }).data],
    };
  };
`;

const executable = findChromium();
const inCI = !["", "0", "false"].includes(process.env.CI ?? "");

if (!executable && !inCI) {
  test("a browser's pictures", ({ skip }) => skip(HOW_TO_INSTALL));
} else {
  describe("Chromium", () => {
    let browser: Browser;
    beforeAll(async () => {
      if (!executable) throw new Error(HOW_TO_INSTALL);
      browser = await launch(executable);
    });
    afterAll(() => browser?.close());

    test("gives the pixels of a file, a bitmap and a canvas", async () => {
      const folder = join(inject("project"), "canvas-page");
      mkdirSync(folder);
      writeFileSync(join(folder, "index.html"), `<!doctype html><script type="module" src="./page.js"></script>`);
      await build({
        stdin: { contents: program, resolveDir: inject("project") },
        outfile: join(folder, "page.js"),
        bundle: true,
        format: "esm",
        platform: "browser",
      });
      const { url, close } = await serve(folder);
      try {
        const picture: Pixels = { width: 5, height: 4, data: Uint8Array.from({ length: 80 }, (_, i) => (i % 4 < 3 ? (i * 37) % 256 : 255)) }; // prettier-ignore
        const file = PNG.sync.write({ ...picture, data: Buffer.from(picture.data) } as PNG);
        const page = await browser.newPage();
        await page.goto(url);
        await page.waitForFunction("window.look !== undefined");
        const { pictures, tensor } = (await page.evaluate(`window.look([${[...file].join()}])`)) as {
          pictures: Record<string, object>;
          tensor: number[];
        };
        expect(Object.keys(pictures)).toEqual(["decoded", "bitmap", "canvas", "offscreen", "imageData"]);
        for (const seen of Object.values(pictures)) expect(seen).toEqual({ ...picture, data: [...picture.data] });
        const expected = imagesToTensor([picture], { width: 3, height: 2, scale: 1 / 255 });
        expect(Float32Array.from(tensor)).toEqual(expected.data);
        await page.close();
      } finally {
        close();
      }
    });
  });
}

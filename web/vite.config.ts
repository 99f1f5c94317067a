import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where a running system is, for `npm run dev`: regulars dev prints its address.
const system = process.env["REGULARS_ADDRESS"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  // The server puts the nonce of each answer in its place.
  html: { cspNonce: "__CSP_NONCE__" },
  server: { proxy: { "/api": system } },
  preview: { proxy: { "/api": system } },
  build: {
    outDir: "../services/console/static",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    // Charts are one chunk that is loaded after the page stands; everything else is far below.
    chunkSizeWarningLimit: 700,
  },
  test: { environment: "jsdom", include: ["tests/**/*.test.{ts,tsx}"], restoreMocks: true },
});

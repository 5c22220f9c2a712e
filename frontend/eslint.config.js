import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import jsxA11y from "eslint-plugin-jsx-a11y-x";
import reactHooks from "eslint-plugin-react-hooks";
import { existsSync, readdirSync } from "node:fs";
import tseslint from "typescript-eslint";

const featuresRoot = new URL("src/features", import.meta.url);
const features = existsSync(featuresRoot)
  ? readdirSync(featuresRoot, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  : [];

/** Imports that would make one feature know another; `routes/` composes them. */
function featureBoundary(feature) {
  const others = features.filter((other) => other !== feature);
  return {
    files: [`src/features/${feature}/**/*.{ts,tsx}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: [
                ...others.flatMap((other) => [`@/features/${other}`, `@/features/${other}/**`, `../**/${other}/**`]),
                "@/routes/**",
              ],
              message: "Features do not import one another or routes; routes/ composes them.",
            },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ["dist", "coverage", "src/api/schema.d.ts", "test-results", "playwright-report"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Records keyed by id are the state's shape; entries leave them by `delete` on a copy.
      "@typescript-eslint/no-dynamic-delete": "off",
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ["src/**/*.tsx"],
    plugins: { "jsx-a11y-x": jsxA11y },
    rules: jsxA11y.configs.recommended.rules,
    languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } },
  },
  { files: ["src/**/*.{ts,tsx}"], ...reactHooks.configs.flat.recommended },
  {
    files: ["src/realtime/**/*.ts", "src/api/**/*.ts", "src/app/session*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["react", "react-dom", "react/*", "react-dom/*", "@mantine/*", "@tanstack/react-*", "react-*"],
              message: "This layer is plain TypeScript: the state machine and the wire know no view library.",
            },
            {
              group: ["@/features/**", "@/routes/**", "@/ui/**"],
              message: "Arrows point inwards: views import this, not the reverse.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["src/ui/**/*.{ts,tsx}"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["@/features/**", "@/routes/**"], message: "Parts of the design system know no feature." },
          ],
        },
      ],
    },
  },
  ...features.map(featureBoundary),
  {
    files: ["public/**/*.js"],
    languageOptions: {
      globals: {
        URL: "readonly",
        document: "readonly",
        location: "readonly",
        localStorage: "readonly",
        matchMedia: "readonly",
      },
    },
  },
  { files: ["scripts/**", "*.js"], languageOptions: { globals: { process: "readonly", URL: "readonly" } } },
  prettier,
);

// The engine that `grammask serve` answers with: the stand-in, or llama.cpp with a GGUF file. What that takes is the user's to install:
// it is large, and depends on the machine.
import type { Engine } from "../chat/engine.ts";
import { type LlamaContext, LlamaEngine, type RenderTemplate } from "../engines/node-llama-cpp/index.ts";
import { standInEngine } from "../engines/stand-in.ts";

export interface EngineOptions {
  /** A GGUF file. */
  readonly model?: string | undefined;
  /** What the server calls the model. */
  readonly name?: string | undefined;
  /** How many sequences are decoded at a time, and how many tokens they share. */
  readonly sequences: number;
  readonly context: number;
  /** Of llama.cpp; it chooses by itself unless given. More than the machine has to spare make it slow: they wait for each other spinning. */
  readonly threads?: number | undefined;
  /** How the model writes tool calls. */
  readonly toolDialect?: string | undefined;
}

/** Throws an Error that says what to do where a package is missing or the file can't be loaded. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const name = options.name === undefined ? {} : { model: options.name };
  const dialect = options.toolDialect === undefined ? {} : { toolDialect: options.toolDialect };
  if (options.model === undefined) return { ...standInEngine(name), ...dialect };
  const [{ getLlama }, { Template }] = await Promise.all([
    load<LlamaPackage>("node-llama-cpp"),
    load<JinjaPackage>("@huggingface/jinja"),
  ]);
  const llama = await getLlama();
  const model = await llama.loadModel({ modelPath: options.model });
  const { sequences, context: contextSize, threads } = options;
  const context = await model.createContext({ sequences, contextSize, ...(threads !== undefined && { threads }) });
  const renderTemplate: RenderTemplate = (template, variables) => new Template(template).render(variables);
  return Object.assign(new LlamaEngine({ context, renderTemplate, ...name }), dialect);
}

/** What is used of node-llama-cpp, and of @huggingface/jinja. */
interface LlamaPackage {
  getLlama(): Promise<{
    loadModel(options: { modelPath: string }): Promise<{
      createContext(options: { sequences: number; contextSize: number; threads?: number }): Promise<LlamaContext>;
    }>;
  }>;
}
interface JinjaPackage {
  Template: new (source: string) => { render(variables: Record<string, unknown>): string };
}

async function load<Package>(name: string): Promise<Package> {
  try {
    return (await import(name)) as Package;
  } catch (error) {
    throw new Error(`--model needs the package ${name}: npm install ${name} (${(error as Error).message})`);
  }
}

// In the page: the chat loop, with the engine that needs no model.
import { ChatDecoder } from "../../src/chat/index.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";

export async function answer(request: string): Promise<string | null> {
  const stream = await new ChatDecoder(standInEngine()).generate(request);
  return (await stream.completion()).choices[0]!.message.content;
}

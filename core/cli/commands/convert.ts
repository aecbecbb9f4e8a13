import { UsageFault } from '../../foundation/fault.ts';
import { type ConvertResult, convert } from '../../jobs/convert.ts';
import type { Command } from '../command.ts';
import { numberOption } from '../selection.ts';

const SHOWN = 20;
const count = (value: number): string => value.toLocaleString('en-US');

/** What was left out of a checkpoint, and what else is in it. */
function besideText({ ignored, remarks }: { ignored: string[]; remarks: string[] }): string[] {
  if (ignored.length === 0) return remarks;
  const more = ignored.length - SHOWN;
  const names = ignored.slice(0, SHOWN).map((name) => `'${name}'`);
  return [
    `Left out, as no part of the network: ${names.join(', ')}${more > 0 ? ` and ${count(more)} more (see --json)` : ''}.`,
    ...remarks,
  ];
}

function linesOf(result: ConvertResult): string[] {
  switch (result.kind) {
    case 'checkpoint to ONNX':
      return [
        `${result.architecture}: ${count(result.weights)} tensors${result.key === '' ? '' : ` under '${result.key}'`}, ${(result.parameters / 1e6).toFixed(2)} M parameters, ${(result.multiplyAdds / 1e9).toFixed(2)} G multiply-adds, input ${result.input.join('×')}, ${result.embedding} numbers per face.`,
        `Written: ${result.to} and ${result.manifest}.`,
        'The weights do not say how faces are prepared; look at these in the manifest:',
        ...result.guesses.map((guess) => `  ${guess}`),
        ...besideText(result),
        `Add it to a project with: visage models P.visage add ${result.to} --manifest ${result.manifest}`,
      ];
    case 'weights to safetensors':
      return [
        `${count(result.tensors)} tensors with ${(result.parameters / 1e6).toFixed(2)} M numbers written to ${result.to}.`,
        ...besideText(result),
      ];
    case 'records to folder':
    case 'folder to records':
      return [
        `${count(result.pictures)} pictures of ${count(result.identities)} identities written to ${result.to}${result.singles > 0 ? `; ${count(result.singles)} identities have a single picture` : ''}.`,
        ...(result.rejected > 0 ? [`${count(result.rejected)} left out:`] : []),
        ...result.rejects.slice(0, SHOWN).map(({ what, sentence }) => `  ${what}: ${sentence}`),
        ...(result.rejected > SHOWN ? [`  … and ${count(result.rejected - SHOWN)} more (see --json).`] : []),
      ];
    case 'verification set to folder':
    case 'pairs to verification set':
      return [
        `${count(result.pairs)} pairs, ${count(result.same)} of the same person, of ${count(result.pictures)} pictures written to ${result.to}.`,
      ];
  }
}

export const command: Command = {
  configure: (command) =>
    void command
      .argument(
        '<from>',
        'checkpoint (PyTorch, .safetensors), .onnx, folder of a run, .rec, .bin, folder, or list of pairs',
      )
      .argument('<to>', '.onnx, .safetensors, .rec or .bin file, or a new folder')
      .option(
        '--key <key>',
        "checkpoints: where the weights are, e.g. 'model_ema' (default: the network that is no copy of another)",
      )
      .option('--epsilon <e>', 'checkpoints: ε of BatchNormalization (2e-5 in the first public ArcFace code)')
      .option('--name <name>', 'checkpoints: name of the model in the manifest')
      .option('--images <folder>', 'pairs: folder of the pictures that a list names')
      .option('--frontal', 'pairs of CFP: two frontal pictures')
      .addHelpText(
        'after',
        `
Checkpoints are read without running anything in them. Known networks: ArcFace IR-18 to IR-100, CurricularFace's and
face.evoLVe's IR and IR-SE, MobileFaceNet (ArcFace, InsightFace_Pytorch,
Xiaoccer, foamliu); which one it is, its width and input size are read from
the weights, all of which must fit; classifiers on top of it are left out and named. Weights are found at any depth, under
the names that parallel and compiled training gives them. To .safetensors go the weights of a checkpoint, of an ONNX file
or of a finished run, under the names that PyTorch code gives them. A .rec set is written as the ArcFace code expects it, with .idx, .lst and property.

Examples:
  visage convert backbone.pth arcface-r50.onnx
  visage convert 068.ckpt mobilefacenet.onnx --key net_state_dict
  visage convert model.safetensors face.onnx
  visage convert P.visage/runs/bl-arcface-1 bl.safetensors
  visage convert faces_emore/train.rec emore
  visage convert identities/ set/train.rec
  visage convert lfw.bin lfw
  visage convert pairs.txt lfw.bin --images lfw-aligned-112`,
      ),

  async run([from, to], options, context) {
    const text = (name: string): string | undefined => options[name] as string | undefined;
    const epsilon =
      text('epsilon') === undefined ? undefined : numberOption(text('epsilon'), '--epsilon', 0, 1);
    const name = text('name');
    if (name !== undefined && !/^[\w.-]+$/.test(name)) {
      throw new UsageFault(`'--name ${name}' is not allowed: letters, digits, _ . - only.`);
    }
    const given = { key: text('key'), images: text('images'), frontal: options.frontal === true };
    const result = await convert({ from, to, epsilon, name, ...given }, context);
    return { json: { ...result }, text: linesOf(result) };
  },
};

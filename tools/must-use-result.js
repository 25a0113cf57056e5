import { ESLintUtils } from '@typescript-eslint/utils';

const RESULTS = new Set(['Ok', 'Err', 'Result', 'ResultAsync']);

/** A statement that computes a Result and drops it has ignored a failure. */
export const mustUseResult = ESLintUtils.RuleCreator.withoutDocs({
  meta: {
    type: 'problem',
    schema: [],
    messages: { dropped: 'This Result is dropped: return it, yield* it or match it.' },
  },
  defaultOptions: [],
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    const isResult = (type) =>
      type.isUnion()
        ? type.types.some(isResult)
        : RESULTS.has(type.aliasSymbol?.name ?? type.symbol?.name ?? '');
    return {
      ExpressionStatement(node) {
        if (isResult(services.getTypeAtLocation(node.expression)))
          context.report({ node, messageId: 'dropped' });
      },
    };
  },
});

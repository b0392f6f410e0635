// What a listener or a rule does with a request: forward it, redirect it, or answer it.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../wire/aws-error.ts';
import { invalid, requireTargetGroup } from './service-parts.ts';
import type { ActionRecord, ElbState, ListenerRecord } from './state.ts';
import { loadBalancersOf } from './target-group-use.ts';

/** Throws AwsError `InvalidLoadBalancerActionException`, `TargetGroupNotFoundException` and what ELB says else. */
export function readAction(
  state: ElbState,
  loadBalancerArn: string,
  actions: readonly sdk.Action[] | undefined,
): ActionRecord {
  const [action, ...more] = actions ?? [];
  if (action === undefined) throw invalid('You must specify at least one action');
  const unknown = actions?.find(
    ({ Type }) => !['forward', 'redirect', 'fixed-response'].includes(Type ?? ''),
  );
  if (unknown !== undefined) {
    throw invalidAction(
      `Slipway's local load balancer knows the actions forward, redirect and fixed-response, not '${unknown.Type}'`,
    );
  }
  if (more.length > 0) {
    throw new AwsError(
      'TooManyActionsException',
      "You can specify only one action of type 'forward', 'redirect' or 'fixed-response'",
    );
  }
  switch (action.Type) {
    case 'redirect':
      return readRedirect(action);
    case 'fixed-response':
      return readFixedResponse(action);
    default:
      return readForward(state, loadBalancerArn, action);
  }
}

function readForward(state: ElbState, loadBalancerArn: string, action: sdk.Action): ActionRecord {
  const {
    TargetGroups: groups = [{ TargetGroupArn: action.TargetGroupArn, Weight: undefined }],
    TargetGroupStickinessConfig: stickiness,
  } = action.ForwardConfig ?? {};
  if (groups.length < 1 || groups.length > 5) {
    throw invalidAction('A forward action must have 1 to 5 target groups');
  }
  const targetGroups = groups.map(({ TargetGroupArn, Weight = 1 }) => {
    const { arn } = requireTargetGroup(state, TargetGroupArn);
    if (Weight < 0 || Weight > 999) throw invalid(`Weight '${Weight}' must be in the range 0-999`);
    return { arn, weight: Weight };
  });
  for (const { arn } of targetGroups) {
    if (loadBalancersOf(state, arn).some((other) => other !== loadBalancerArn)) {
      throw new AwsError(
        'TargetGroupAssociationLimitException',
        `The following target groups cannot be associated with more than one load balancer: ${arn}`,
      );
    }
  }
  return {
    type: 'forward',
    targetGroups,
    ...(stickiness && {
      stickiness: {
        enabled: stickiness.Enabled ?? false,
        ...(stickiness.DurationSeconds !== undefined && { durationSeconds: stickiness.DurationSeconds }),
      },
    }),
  };
}

function readRedirect({ RedirectConfig: config }: sdk.Action): ActionRecord {
  if (config === undefined) throw missingConfig('redirect', 'RedirectConfig');
  const {
    StatusCode,
    Protocol = '#{protocol}',
    Host = '#{host}',
    Port = '#{port}',
    Path = '/#{path}',
    Query = '#{query}',
  } = config;
  if (StatusCode !== 'HTTP_301' && StatusCode !== 'HTTP_302') {
    throw invalid(`The redirect status code '${StatusCode}' must be HTTP_301 or HTTP_302`);
  }
  const same = Protocol === '#{protocol}' && Host === '#{host}' && Port === '#{port}' && Path === '/#{path}';
  if (same) throw invalidAction('The redirect configuration is not valid because it creates a loop');
  if (!/^(HTTPS?|#\{protocol\})$/.test(Protocol)) {
    throw invalid(`The redirect protocol '${Protocol}' must be HTTP, HTTPS or #{protocol}`);
  }
  if (!Path.startsWith('/')) throw invalid(`The redirect path '${Path}' must begin with '/'`);
  return {
    type: 'redirect',
    statusCode: StatusCode,
    protocol: Protocol,
    host: Host,
    port: Port,
    path: Path,
    query: Query,
  };
}

const contentTypes = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];

function readFixedResponse({ FixedResponseConfig: config }: sdk.Action): ActionRecord {
  if (config === undefined) throw missingConfig('fixed-response', 'FixedResponseConfig');
  const { StatusCode = '', ContentType, MessageBody } = config;
  if (!/^[245]\d\d$/.test(StatusCode)) {
    throw invalid(`The fixed-response status code '${StatusCode}' must be 2XX, 4XX or 5XX`);
  }
  if (ContentType !== undefined && !contentTypes.includes(ContentType)) {
    throw invalid(
      `The fixed-response content type '${ContentType}' must be one of ${contentTypes.join(', ')}`,
    );
  }
  if ((MessageBody?.length ?? 0) > 1024) throw invalid('The fixed-response message body is longer than 1024');
  return {
    type: 'fixed-response',
    statusCode: StatusCode,
    ...(ContentType !== undefined && { contentType: ContentType }),
    ...(MessageBody !== undefined && { messageBody: MessageBody }),
  };
}

function invalidAction(message: string): AwsError {
  return new AwsError('InvalidLoadBalancerActionException', message);
}

function missingConfig(type: string, field: string): AwsError {
  return invalidAction(`For actions of type '${type}', you must specify the following fields: '${field}'`);
}

export function describeActions(action: ListenerRecord['action']): sdk.Action[] {
  switch (action.type) {
    case 'forward': {
      const [first, ...others] = action.targetGroups;
      return [
        {
          Type: 'forward',
          ...(first !== undefined && others.length === 0 && { TargetGroupArn: first.arn }),
          Order: 1,
          ForwardConfig: {
            TargetGroups: action.targetGroups.map(({ arn, weight }) => ({
              TargetGroupArn: arn,
              Weight: weight,
            })),
            TargetGroupStickinessConfig: {
              Enabled: action.stickiness?.enabled ?? false,
              ...(action.stickiness?.durationSeconds !== undefined && {
                DurationSeconds: action.stickiness.durationSeconds,
              }),
            },
          },
        },
      ];
    }
    case 'redirect': {
      const { protocol: Protocol, host: Host, port: Port, path: Path, query: Query, statusCode } = action;
      return [
        {
          Type: 'redirect',
          Order: 1,
          RedirectConfig: { Protocol, Host, Port, Path, Query, StatusCode: statusCode },
        },
      ];
    }
    case 'fixed-response':
      return [
        {
          Type: 'fixed-response',
          Order: 1,
          FixedResponseConfig: {
            StatusCode: action.statusCode,
            ...(action.contentType !== undefined && { ContentType: action.contentType }),
            ...(action.messageBody !== undefined && { MessageBody: action.messageBody }),
          },
        },
      ];
  }
}

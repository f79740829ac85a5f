/**
 * CloudFront and WAF in front of links, where somebody wants rate limits and TLS of their own. Nothing is cached: a use is
 * spent at the origin, which only this distribution may call.
 */
import { Duration, Stack, Validations } from 'aws-cdk-lib'
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { FunctionUrlOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import type { FunctionUrl } from 'aws-cdk-lib/aws-lambda'
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'

/** Requests of one address in five minutes. A forged link costs no I/O, but it does cost an invocation. */
const RATE_LIMIT = 1_000

export class Edge extends Construct {
  readonly origin: string

  constructor(scope: Construct, id: string, { flags, url }: { readonly flags: Flags; readonly url: FunctionUrl }) {
    super(scope, id)
    const distribution = new Distribution(this, 'Distribution', {
      comment: `${flags.stack}: links`,
      defaultBehavior: {
        origin: FunctionUrlOrigin.withOriginAccessControl(url, { readTimeout: Duration.seconds(60) }),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      webAclId: typeof flags.edge === 'string' ? flags.edge : this.webAcl(flags),
    })
    acknowledge(distribution)
    this.origin = `https://${distribution.distributionDomainName}`
  }

  private webAcl({ stack }: Flags): string {
    const { region } = Stack.of(this)
    if (region !== 'us-east-1') {
      throw new Error(
        `edge=true makes a web ACL, which CloudFront takes from us-east-1 alone, and this stack goes to ${region}; ` +
          'set AWS_REGION=us-east-1, or make one there and say edge=<its ARN>',
      )
    }
    const visible = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      // Sampled requests would show links, which are bearer secrets.
      sampledRequestsEnabled: false,
      metricName,
    })
    return new CfnWebACL(this, 'Firewall', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visible(`${stack}-links`),
      rules: [
        {
          name: 'rate',
          priority: 0,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: RATE_LIMIT, aggregateKeyType: 'IP' } },
          visibilityConfig: visible(`${stack}-links-rate`),
        },
      ],
    }).attrArn
  }
}

function acknowledge(distribution: Distribution): void {
  const because = (id: string, reason: string) => Validations.of(distribution).acknowledge({ id, reason })
  because('AwsSolutions-CFR1', 'Who may read is what the link says; a deployment that wants a geography adds it.')
  because(
    'AwsSolutions-CFR3',
    'Access logs would keep links, which are bearer secrets; every read is in the catalogue instead.',
  )
  because(
    'AwsSolutions-CFR4',
    "CloudFront's own domain name brings its own TLS policy; with a domain of yours, set TLSv1.2_2021 or newer.",
  )
}

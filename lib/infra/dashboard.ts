import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import type { WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  type ResponseHeadersPolicyProps,
  S3OriginAccessControl,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin, S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Aws } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { edgeHeaders } from "../api/edge.ts";
import { addressesOf } from "../docs-site/sources.ts";
import { acknowledge } from "./acknowledge.ts";
import { projectRoot } from "./bundle.ts";
import { chooseApiOrigin, forwardViewerHost, restOriginId, rewriteDeepLinks } from "./edge-functions.ts";
import { globalName } from "./names.ts";

export interface DashboardProps {
  /** What the APIs know the edge by. */
  readonly edgeSecret: string;
  readonly rest: RestApi;
  readonly sockets: WebSocketStage;
  /** Where the one form goes that does not stay here: the GitHub App's manifest. */
  readonly gitHubUrl: string;
}

const securityHeaders: ResponseHeadersPolicyProps["securityHeadersBehavior"] = {
  strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override: true },
  contentTypeOptions: { override: true },
  frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
  referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
};

/**
 * Nothing that is not named. `'self'` covers the sockets too: they answer at the page's own host. Styles may stand in the
 * page, since dialogs that hold the page still write one; scripts may not.
 */
const contentSecurityPolicy = (gitHubUrl: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "base-uri 'none'",
    `form-action 'self' ${gitHubUrl}`,
    "frame-ancestors 'none'",
  ].join("; ");

const alsoSaid = (headers: Readonly<Record<string, string>>): ResponseHeadersPolicyProps["customHeadersBehavior"] => ({
  customHeaders: Object.entries(headers).map(([header, value]) => ({ header, value, override: true })),
});

/** What no page of ours asks for. */
const permissionsPolicy = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/** The one address of the control plane: the dashboard's files, the REST API and the sockets behind it. */
export class Dashboard extends Construct {
  /** The files; `npm run deploy` puts them there. */
  readonly bucket: Bucket;
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, { edgeSecret, rest, sockets, gitHubUrl }: DashboardProps) {
    super(scope, id);
    this.bucket = this.createBucket();
    const behindHost = this.edgeFunction("Host", forwardViewerHost);
    const choosing = this.edgeFunction("ChooseOrigin", chooseApiOrigin(sockets.stageName, "deployment"));
    const choosingFeed = this.edgeFunction("ChooseFeedOrigin", chooseApiOrigin(sockets.stageName, "feed"));
    const apiHeaders = new ResponseHeadersPolicy(this, "ApiHeaders", {
      responseHeadersPolicyName: globalName(this, "api"),
      securityHeadersBehavior: securityHeaders,
    });
    const api = (origin: BehaviorOptions["origin"], edgeFunction: EdgeFunction): BehaviorOptions => ({
      origin,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      responseHeadersPolicy: apiHeaders,
      functionAssociations: onRequest(edgeFunction),
    });
    // What a viewer sends under this name is overwritten.
    const known = { readTimeout: Duration.seconds(60), customHeaders: { [edgeHeaders.secret]: edgeSecret } };
    const restOrigin = new HttpOrigin(hostOf(rest.restApiId), {
      originId: restOriginId,
      originPath: `/${rest.deploymentStage.stageName}`,
      ...known,
    });
    // No origin path: the edge function names the stage, after which nothing may follow.
    const socketOrigin = new HttpOrigin(hostOf(sockets.api.apiId), { originId: "sockets", ...known });
    this.distribution = new Distribution(this, "Distribution", {
      comment: "Slipway: the control plane",
      defaultRootObject: "index.html",
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      defaultBehavior: this.pages(gitHubUrl),
      // CloudFront takes the first that matches.
      additionalBehaviors: {
        "/api/deployments/logs": api(socketOrigin, choosing),
        "/api/events": api(socketOrigin, choosingFeed),
        "/api/*": api(restOrigin, behindHost),
      },
    });
    acknowledge(this.distribution, {
      CFR1: "Who may reach the control plane is decided by tokens, not by countries.",
      CFR2: "A web ACL costs $5 a month at least; API Gateway throttles, and each caller has a token bucket.",
      CFR3: "API Gateway's access logs name each request to the API; the rest are public files.",
      CFR4: "CloudFront's own certificate, without which a control plane needs a domain, fixes the lowest protocol at TLSv1.",
    });
  }

  private createBucket(): Bucket {
    const bucket = new Bucket(this, "Files", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // Built from the sources at any time; an uninstall empties it first.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(bucket, { S1: "Only CloudFront reads it, and it holds the public files of the dashboard alone." });
    return bucket;
  }

  private pages(gitHubUrl: string): BehaviorOptions {
    return {
      origin: S3BucketOrigin.withOriginAccessControl(this.bucket, {
        originAccessControl: new S3OriginAccessControl(this, "Access", {
          originAccessControlName: globalName(this, "files"),
        }),
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      functionAssociations: onRequest(this.edgeFunction("DeepLinks", rewriteDeepLinks(addressesOf(projectRoot)))),
      responseHeadersPolicy: new ResponseHeadersPolicy(this, "PageHeaders", {
        responseHeadersPolicyName: globalName(this, "pages"),
        securityHeadersBehavior: {
          ...securityHeaders,
          contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(gitHubUrl), override: true },
        },
        customHeadersBehavior: alsoSaid({
          "permissions-policy": permissionsPolicy,
          "cross-origin-opener-policy": "same-origin",
          "cross-origin-resource-policy": "same-origin",
        }),
      }),
    };
  }

  private edgeFunction(id: string, code: string): EdgeFunction {
    return new EdgeFunction(this, id, { code: FunctionCode.fromInline(code), runtime: FunctionRuntime.JS_2_0 });
  }
}

const hostOf = (apiId: string): string => `${apiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`;

const onRequest = (edgeFunction: EdgeFunction): BehaviorOptions["functionAssociations"] => [
  { function: edgeFunction, eventType: FunctionEventType.VIEWER_REQUEST },
];

import { RunFault } from '../../core/failure.ts';

export type Cloud = 'public' | 'usgov' | 'usgov-dod' | 'china';

/** Where to sign in and where Graph is; both without tenant or version, without a trailing slash. */
export type Endpoints = {
  readonly authorityHost: string;
  readonly graphUrl: string;
  /** False for hosts the sign-in library does not know by itself: private clouds, the sandbox. */
  readonly isMicrosoftAuthority: boolean;
};

// "National cloud deployments", learn.microsoft.com/graph/deployments.
const clouds: Readonly<Record<Cloud, { readonly authorityHost: string; readonly graphUrl: string }>> = {
  public: { authorityHost: 'https://login.microsoftonline.com', graphUrl: 'https://graph.microsoft.com' },
  usgov: { authorityHost: 'https://login.microsoftonline.us', graphUrl: 'https://graph.microsoft.us' },
  'usgov-dod': { authorityHost: 'https://login.microsoftonline.us', graphUrl: 'https://dod-graph.microsoft.us' },
  china: { authorityHost: 'https://login.chinacloudapi.cn', graphUrl: 'https://microsoftgraph.chinacloudapi.cn' },
};

/**
 * The endpoints of a cloud, with either replaced by an own one. A host alone is read as https. Faults on anything that is
 * not https, because the secret and every token would cross the wire in the clear.
 */
export function endpointsOf(cloud: Cloud, own: { graphUrl?: string; authorityHost?: string }): Endpoints {
  const authorityHost =
    own.authorityHost === undefined ? clouds[cloud].authorityHost : httpsUrl(own.authorityHost, 'authority host');
  const graphUrl = own.graphUrl === undefined ? clouds[cloud].graphUrl : httpsUrl(own.graphUrl, 'Graph URL');
  const known = Object.values(clouds).map((entry) => entry.authorityHost);
  return { authorityHost, graphUrl, isMicrosoftAuthority: known.includes(authorityHost) };
}

function httpsUrl(text: string, name: string): string {
  const written = text.includes('://') ? text : `https://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol !== 'https:' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new RunFault('endpoint-not-https', `The ${name} is not a plain https address: ${url?.host ?? text}`, {
      hint: 'Write it as https://host[:port], without a version or a tenant.',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

import { describe, expect, it } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { CancelLinks } from './cancel-links.ts';

function hrefUnder(globalPrefix: string, linkPrefix?: string, excluded?: RequestMethod): string {
  const application = new ApplicationConfig();
  application.setGlobalPrefix(globalPrefix);
  if (excluded !== undefined) {
    const exclude = [{ path: 'v1/*path', requestMethod: excluded, pathRegex: /^\/v1\// }];
    application.setGlobalPrefixOptions({ exclude });
  }
  return new CancelLinks({ linkPrefix }, application).to('/v1/parcels', '7').href;
}

describe('the link that cancels', () => {
  it.each(['api', '/api', 'api/', '/api/'])('has the global prefix %j of the application', (prefix) => {
    expect(hrefUnder(prefix)).toBe('/api/v1/parcels/7/cancel');
  });

  it.each([
    ['', undefined, '/v1/parcels/7/cancel'],
    ['', '/trucks', '/trucks/v1/parcels/7/cancel'],
    ['api', '/trucks', '/trucks/v1/parcels/7/cancel'],
    ['api', '', '/v1/parcels/7/cancel'],
  ])('under %j and with the option %j is %s', (globalPrefix, linkPrefix, href) => {
    expect(hrefUnder(globalPrefix, linkPrefix)).toBe(href);
  });

  it('has no global prefix where its route is excluded from it', () => {
    expect(hrefUnder('api', undefined, RequestMethod.ALL)).toBe('/v1/parcels/7/cancel');
    expect(hrefUnder('api', undefined, RequestMethod.POST)).toBe('/v1/parcels/7/cancel');
    expect(hrefUnder('api', undefined, RequestMethod.GET)).toBe('/api/v1/parcels/7/cancel');
  });
});

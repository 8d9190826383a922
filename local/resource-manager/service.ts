/** The part of Cloud Resource Manager that a preflight asks: the project, its policy, and what the caller may do in it. */
import type { protos } from '@google-cloud/resource-manager';

import { timestamp } from '../grpc/fields.ts';
import { canonicalName } from '../grpc/names.ts';
import { permissionDenied } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import type { Authority } from '../iam/authority.ts';
import { policyMethods, type PolicyTerms } from '../iam/methods.ts';

type GetProjectRequest = protos.google.cloud.resourcemanager.v3.IGetProjectRequest;

/** Handlers of `google.cloud.resourcemanager.v3.Projects`; a project that is not ours looks like one without rights. */
export function resourceManager(authority: Authority, settings: PolicyTerms['settings']): Handlers {
  const { project } = authority;
  const denied = (permission: string, resource: string): Error =>
    permissionDenied(`Permission '${permission}' denied on resource '${resource}' (or it may not exist).`);

  return {
    ...policyMethods({
      authority,
      service: '',
      settings,
      denied,
      missing: (name) => denied('resourcemanager.projects.get', name),
      find(resource) {
        const name = canonicalName(project, 'projects/**', resource);
        const ours = name === authority.projectRecord().name;
        return {
          name,
          permissionPrefix: 'resourcemanager.projects',
          own: ours ? authority.projectRecord().policy : undefined,
          inherited: [],
          put: authority.putProjectPolicy,
        };
      },
    }),

    GetProject(request: GetProjectRequest, caller) {
      const name = canonicalName(project, 'projects/**', request.name);
      if (!authority.may(caller, 'resourcemanager.projects.get', name, [])) {
        throw denied('resourcemanager.projects.get', request.name ?? '');
      }
      const createTime = timestamp(authority.projectRecord().createTime);
      return { name, projectId: project.id, displayName: project.id, state: 'ACTIVE', createTime };
    },
  };
}

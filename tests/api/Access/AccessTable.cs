namespace StepCloud.Tests.Api.Access;

/// <summary>What every endpoint answers to every kind of holder, who sends it a good request about objects of the first organization.</summary>
/// <remarks>
/// 401: no token. 403: a token of another API's kind (`wrong_holder`), or a role that may not (`not_allowed`), whatever the id. 404: it belongs to
/// somebody else, and is not there. Lists answer 200 to everybody whom they are for, each with his own organization's things (OtherOrganizationTests).
/// An endpoint that is not here fails the suite. To add it: its row here, and in <see cref="AccessRequests"/> how to ask it, if it is more than a GET
/// without an id.
/// </remarks>
internal static class AccessTable
{
    /// <summary>In the order of the columns.</summary>
    public static readonly Holder[] Holders =
    [
        new("nobody"), new("administrator"),
        new("owner"), new("technician"), new("viewer"), new("auditor"), new("gateway"),
        new("owner", IsForeign: true), new("technician", IsForeign: true), new("viewer", IsForeign: true), new("auditor", IsForeign: true),
        new("gateway", IsForeign: true),
    ];

    public static readonly IReadOnlyDictionary<string, string> Rows = (Text + RecordingAccess.Rows + FolderAccess.Rows).Split('\n')
        .Where(line => line.Contains("| ", StringComparison.Ordinal) && !line.StartsWith(' '))
        .Select(line => line.Split('|', 2))
        .ToDictionary(parts => parts[0].Trim(), parts => parts[1].Trim());

    private const string Text =
        """
                                                             no  admin  own organization          another organization
                                                             one        own tec vie aud gateway   own tec vie aud gateway
        Getting in: open to everybody, by a secret in the request
        POST /api/v1/sign-in                               | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        POST /api/v1/token                                 | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        POST /api/v1/recovery                              | 202 202 | 202 202 202 202 202 | 202 202 202 202 202
        POST /api/v1/recovery/confirm                      | 204 204 | 204 204 204 204 204 | 204 204 204 204 204
        POST /api/v1/email-verification                    | 204 204 | 204 204 204 204 204 | 204 204 204 204 204
        POST /api/v1/invitations/accept                    | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        POST /api/v1/access-keys/exchange                  | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        POST /gateway/api/v1/token                         | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        POST /gateway/api/v1/pairing/device-authorization  | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        POST /gateway/api/v1/pairing/token                 | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        POST /gateway/api/v1/provision                     | 200 200 | 200 200 200 200 200 | 200 200 200 200 200

        Open to everybody: nothing in it is of anybody
        GET /                                              | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /pair                                          | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /openapi/{documentName}.json                   | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /.well-known/jwks.json                         | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /.well-known/signature-keys.json               | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /health/live                                   | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /health/ready                                  | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /metrics                                       | 200 200 | 200 200 200 200 200 | 200 200 200 200 200

        One's own account: every user of an organization
        GET /api/v1/me                                     | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/me/export                              | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        POST /api/v1/sign-out                              | 401 403 | 204 204 204 204 403 | 204 204 204 204 403
        POST /api/v1/me/password                           | 401 403 | 204 204 204 204 403 | 204 204 204 204 403
        POST /api/v1/me/second-factor                      | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        POST /api/v1/me/second-factor/confirm              | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        POST /api/v1/me/second-factor/disable              | 401 403 | 204 204 204 204 403 | 204 204 204 204 403
        POST /api/v1/me/email-verification                 | 401 403 | 202 202 202 202 403 | 202 202 202 202 403
        GET /api/v1/me/sessions                            | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        DELETE /api/v1/me/sessions                         | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        DELETE /api/v1/me/sessions/{id}                    | 401 403 | 204 404 404 404 403 | 404 404 404 404 403

        People of the organization: its owners
        GET /api/v1/invitations                            | 401 403 | 200 403 403 403 403 | 200 403 403 403 403
        POST /api/v1/invitations                           | 401 403 | 201 403 403 403 403 | 201 403 403 403 403
        POST /api/v1/invitations/{id}/withdraw             | 401 403 | 204 403 403 403 403 | 404 403 403 403 403

        GET /api/v1/members                                | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/members/{id}                           | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/members                               | 401 403 | 201 403 403 403 403 | 201 403 403 403 403
        PATCH /api/v1/members/{id}                         | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/members/{id}/disable                  | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/members/{id}/enable                   | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        GET /api/v1/access-keys                            | 401 403 | 200 403 403 403 403 | 200 403 403 403 403
        POST /api/v1/access-keys                           | 401 403 | 201 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/access-keys/{id}/disable              | 401 403 | 204 403 403 403 403 | 404 403 403 403 403

        Reading: every user of the organization
        GET /api/v1/organization                           | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/gateways/{id}/sequence-gaps            | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/organization/retention                 | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        PUT /api/v1/organization/retention                 | 401 403 | 200 403 403 403 403 | 200 403 403 403 403
        GET /api/v1/organization/retention/preview         | 401 403 | 200 403 403 403 403 | 200 403 403 403 403
        GET /api/v1/legal-holds                            | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/legal-holds/{id}                       | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/legal-holds                           | 401 403 | 201 403 403 403 403 | 201 403 403 403 403
        POST /api/v1/legal-holds/{id}/release              | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        GET /api/v1/organization/usage                     | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/sites                                  | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/gateways                               | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/sites/{id}                             | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/manufacturers                          | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/manufacturers/{id}                     | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/device-models                          | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/device-models/{id}                     | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/device-models/{id}/picture             | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/gateways/{id}                          | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/gateways/{id}/status                   | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/gateways/{id}/commands                 | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/gateways/{id}/commands/{command}       | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices                                | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/devices/{id}                           | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/twin                      | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/state                     | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/running                   | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/live                      | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/sites/{id}/states                      | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/sites/{id}/live                        | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/steps                     | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/steps/last                | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/steps/{id}                             | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/steps/{id}/summary                     | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/steps/{id}/settings-changes            | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/steps/{id}/series                      | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/steps/{id}/samples                     | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/steps/{id}/chart                       | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/series                    | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/devices/{id}/chart                     | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/steps                                  | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/steps/calendar                         | 401 403 | 200 200 200 200 403 | 200 200 200 200 403

        Gateways and commands: owners and technicians. A code that a gateway shows is of whoever sees it, the site is not
        POST /api/v1/gateways                              | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        POST /api/v1/gateways/{id}/transfer                | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/gateways/{id}/unpair                  | 401 403 | 204 204 403 403 403 | 404 404 403 403 403
        POST /api/v1/gateways/{id}/provisioning-secret     | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/gateways/{id}/commands                | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        POST /api/v1/pairing/lookup                        | 401 403 | 200 200 403 403 403 | 200 200 403 403 403
        POST /api/v1/pairing/confirm                       | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/pairing/deny                          | 401 403 | 204 204 403 403 403 | 204 204 403 403 403

        The registry: sites are the owners', gateways and devices the technicians' too. In another organization a new site is one's own
        POST /api/v1/sites                                 | 401 403 | 201 403 403 403 403 | 201 403 403 403 403
        PATCH /api/v1/sites/{id}                           | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/sites/{id}/archive                    | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/sites/{id}/restore                    | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        PATCH /api/v1/gateways/{id}                        | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/gateways/{id}/archive                 | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/gateways/{id}/restore                 | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        PATCH /api/v1/devices/{id}                         | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/devices/{id}/archive                  | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/devices/{id}/restore                  | 401 403 | 200 200 403 403 403 | 404 404 403 403 403

        Alarms: every user reads, owners make the rules, technicians acknowledge too
        GET /api/v1/alarms                                 | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/alarms/{id}                            | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/alarms/{id}/acknowledge               | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        GET /api/v1/alarm-rules                            | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/alarm-rules/{id}                       | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/alarm-rules                           | 401 403 | 201 403 403 403 403 | 201 403 403 403 403
        PATCH /api/v1/alarm-rules/{id}                     | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/alarm-rules/{id}/archive              | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/alarm-rules/{id}/restore              | 401 403 | 200 403 403 403 403 | 404 403 403 403 403

        Who is told of alarms: owners
        GET /api/v1/alarm-channels                         | 401 403 | 200 403 403 403 403 | 200 403 403 403 403
        GET /api/v1/alarm-channels/{id}                    | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/alarm-channels                        | 401 403 | 201 403 403 403 403 | 201 403 403 403 403
        PATCH /api/v1/alarm-channels/{id}                  | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/alarm-channels/{id}/archive           | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/alarm-channels/{id}/restore           | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/alarm-channels/{id}/secret            | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/alarm-channels/{id}/test              | 401 403 | 201 403 403 403 403 | 404 403 403 403 403
        GET /api/v1/alarm-deliveries                       | 401 403 | 200 403 403 403 403 | 200 403 403 403 403
        POST /api/v1/alarm-deliveries/{id}/retry           | 401 403 | 200 403 403 403 403 | 404 403 403 403 403

        Materials and maintenance: every user reads, owners and technicians write; what is validated is the owners'. A plan is for a device that is one's own
        GET /api/v1/material-lots                          | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/material-lots/{id}                     | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/material-lots                         | 401 403 | 201 201 403 403 403 | 201 201 403 403 403
        PATCH /api/v1/material-lots/{id}                   | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/material-lots/{id}/archive            | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/material-lots/{id}/restore            | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        GET /api/v1/validated-combinations                 | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/validated-combinations/{id}            | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/validated-combinations                | 401 403 | 201 403 403 403 403 | 201 403 403 403 403
        PATCH /api/v1/validated-combinations/{id}          | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/validated-combinations/{id}/archive   | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/validated-combinations/{id}/restore   | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        GET /api/v1/maintenance-plans                      | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/maintenance-plans/{id}                 | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/maintenance-plans                     | 401 403 | 201 201 403 403 403 | 400 400 403 403 403
        PATCH /api/v1/maintenance-plans/{id}               | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/maintenance-plans/{id}/archive        | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/maintenance-plans/{id}/restore        | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        GET /api/v1/maintenance-plans/{id}/records         | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/maintenance-plans/{id}/records        | 401 403 | 201 201 403 403 403 | 404 404 403 403 403

        Cases and consents: owners and technicians, who need to know whom they work for; what is erased is gone, and is the owners' to erase
        GET /api/v1/cases                                  | 401 403 | 200 200 403 403 403 | 200 200 403 403 403
        POST /api/v1/cases                                 | 401 403 | 201 201 403 403 403 | 201 201 403 403 403
        POST /api/v1/cases/search                          | 401 403 | 200 200 403 403 403 | 200 200 403 403 403
        GET /api/v1/cases/{id}                             | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        GET /api/v1/cases/{id}/export                      | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        PUT /api/v1/cases/{id}                             | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/cases/{id}/erase                      | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        GET /api/v1/cases/{id}/consents                    | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/cases/{id}/consents                   | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        POST /api/v1/cases/{id}/consents/{consent}/withdraw | 401 403 | 200 200 403 403 403 | 404 404 403 403 403

        Workflows: every user reads, owners and technicians draft blueprints and manage jobs, owners sign and decide of deviations
        GET /api/v1/blueprints                             | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/blueprints/{id}                        | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/blueprints                            | 401 403 | 201 201 403 403 403 | 201 201 403 403 403
        PATCH /api/v1/blueprints/{id}                      | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/blueprints/{id}/archive               | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/blueprints/{id}/restore               | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        GET /api/v1/blueprints/{id}/versions               | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/blueprints/{id}/versions/{number}      | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/blueprints/{id}/versions              | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        PUT /api/v1/blueprints/{id}/versions/{number}      | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/blueprints/{id}/versions/{number}/approve| 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/blueprints/{id}/versions/{number}/retire| 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/blueprints/proposals                  | 401 403 | 200 200 403 403 403 | 400 400 403 403 403
        GET /api/v1/jobs                                   | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/jobs/{id}                              | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/jobs                                  | 401 403 | 201 201 403 403 403 | 400 400 403 403 403
        GET /api/v1/material-lots/{id}/jobs                | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/jobs/{id}/complete                    | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/jobs/{id}/lots                        | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/jobs/{id}/lots/{lot}/remove           | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/jobs/{id}/devices                     | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/jobs/{id}/devices/{assignment}/end    | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/jobs/{id}/steps                       | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/jobs/{id}/steps/{step}/remove         | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/jobs/{id}/dispositions                | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/jobs/{id}/release                     | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/jobs/{id}/reject                      | 401 403 | 200 403 403 403 403 | 404 403 403 403 403
        POST /api/v1/jobs/{id}/case                        | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        GET /api/v1/jobs/{id}/record                       | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/jobs/{id}/record.pdf                   | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/jobs/{id}/verification                 | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/reviews                                | 401 403 | 200 200 200 200 403 | 200 200 200 200 403

        The audit: owners and auditors
        GET /api/v1/audit                                  | 401 403 | 200 403 403 200 403 | 200 403 403 200 403
        GET /api/v1/audit/export                           | 401 403 | 200 403 403 200 403 | 200 403 403 200 403

        The installation: its administrators
        GET /admin/api/v1/me                               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/me/export                        | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/users/{id}/disable              | 401 204 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/users/{id}/enable               | 401 204 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/sign-out                        | 401 204 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/me/password                     | 401 204 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/me/second-factor                | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/me/second-factor/confirm        | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/me/second-factor/disable        | 401 204 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/me/email-verification           | 401 202 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/me/sessions                      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        DELETE /admin/api/v1/me/sessions                   | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        DELETE /admin/api/v1/me/sessions/{id}              | 401 404 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/organizations                   | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/organizations                    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/organizations/{id}               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/organizations/{id}             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/organizations/{id}/archive      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/organizations/{id}/restore      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/sites                            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/sites/{id}                       | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/sites                           | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/sites/{id}                     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/sites/{id}/archive              | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/sites/{id}/restore              | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/users                            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/users/{id}                       | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/users/{id}                     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/gateways                         | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/gateways/{id}                    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/gateways                        | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/gateways/{id}                  | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/gateways/{id}/archive           | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/gateways/{id}/restore           | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/manufacturers                    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/manufacturers/{id}               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/manufacturers                   | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/manufacturers/{id}             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/manufacturers/{id}/archive      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/manufacturers/{id}/restore      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/device-models                    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/device-models/{id}               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/device-models                   | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/device-models/{id}             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/device-models/{id}/archive      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/device-models/{id}/restore      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/device-models/{id}/picture       | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        PUT /admin/api/v1/device-models/{id}/picture       | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        DELETE /admin/api/v1/device-models/{id}/picture    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/devices                          | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/devices/{id}                     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/devices                         | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/devices/{id}                   | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/devices/{id}/archive            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/devices/{id}/restore            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/alarm-rules                      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/alarm-rules/{id}                 | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-rules                     | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/alarm-rules/{id}               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-rules/{id}/archive        | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-rules/{id}/restore        | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/alarm-rules/export               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-rules/import              | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/alarm-channels                   | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/alarm-channels/{id}              | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-channels                  | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/alarm-channels/{id}            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-channels/{id}/archive     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-channels/{id}/restore     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/alarm-channels/export            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/alarm-channels/import           | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/material-lots                    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/material-lots/{id}               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/material-lots                   | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/material-lots/{id}             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/material-lots/{id}/archive      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/material-lots/{id}/restore      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/material-lots/export             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/material-lots/import            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/validated-combinations           | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/validated-combinations/{id}      | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/validated-combinations          | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/validated-combinations/{id}    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/validated-combinations/{id}/archive | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/validated-combinations/{id}/restore | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/validated-combinations/export    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/validated-combinations/import   | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/maintenance-plans                | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/maintenance-plans/{id}           | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/maintenance-plans               | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/maintenance-plans/{id}         | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/maintenance-plans/{id}/archive  | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/maintenance-plans/{id}/restore  | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/maintenance-plans/export         | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/maintenance-plans/import        | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/blueprints                       | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/blueprints/{id}                  | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/blueprints                      | 401 201 | 403 403 403 403 403 | 403 403 403 403 403
        PATCH /admin/api/v1/blueprints/{id}                | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/blueprints/{id}/archive         | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/blueprints/{id}/restore         | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/blueprints/export                | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/blueprints/import               | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/organizations/export             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/organizations/import            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/sites/export                     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/sites/import                    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/users/export                     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/users/import                    | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/gateways/export                  | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/gateways/import                 | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/manufacturers/export             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/manufacturers/import            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/device-models/export             | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/device-models/import            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/devices/export                   | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/devices/import                  | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/rejected-messages                | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/rejected-messages/{id}           | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/rejected-messages/{id}/replay   | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        POST /admin/api/v1/rejected-messages/{id}/dismiss  | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/rejected-messages/{id}/payload   | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/audit                            | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        GET /admin/api/v1/audit/export                     | 401 200 | 403 403 403 403 403 | 403 403 403 403 403

        Gateways. A foreign device, and a foreign command, are refused element by element (422)
        POST /gateway/api/v1/telemetry                     | 401 403 | 403 403 403 403 200 | 403 403 403 403 422
        POST /gateway/api/v1/steps                         | 401 403 | 403 403 403 403 200 | 403 403 403 403 422
        POST /gateway/api/v1/devices                       | 401 403 | 403 403 403 403 200 | 403 403 403 403 422
        GET /gateway/api/v1/gateway                        | 401 403 | 403 403 403 403 200 | 403 403 403 403 200
        PATCH /gateway/api/v1/gateway                      | 401 403 | 403 403 403 403 200 | 403 403 403 403 200
        GET /gateway/api/v1/devices                        | 401 403 | 403 403 403 403 200 | 403 403 403 403 200
        GET /gateway/api/v1/commands                       | 401 403 | 403 403 403 403 200 | 403 403 403 403 200
        POST /gateway/api/v1/commands/{id}/result          | 401 403 | 403 403 403 403 200 | 403 403 403 403 422
        """;
}

/// <summary>Who asks.</summary>
/// <param name="Role">Or `nobody`, `administrator`, `gateway`.</param>
/// <param name="IsForeign">Of an organization that the objects are not of.</param>
public sealed record Holder(string Role, bool IsForeign = false)
{
    public bool IsNobody => Role == "nobody";

    public bool IsGateway => Role == "gateway";

    public bool IsAdministrator => Role == "administrator";

    /// <summary>Whose the objects are.</summary>
    public bool IsOwner => this == new Holder("owner");

    public override string ToString() => IsForeign ? $"foreign {Role}" : Role;
}

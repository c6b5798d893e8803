using System.Globalization;

namespace StepCloud.Api.Http.Documents;

/// <summary>What an operation is called in generated clients. It follows from method and path, so that it is stable: `GET /sites/{id}` is `getSite`.</summary>
internal static class OperationNames
{
    /// <summary>Where the rule gives no good name.</summary>
    private static readonly Dictionary<string, string> Given = new(StringComparer.Ordinal)
    {
        ["POST sign-in"] = "signIn",
        ["POST sign-out"] = "signOut",
        ["POST token"] = "refreshTokens",
        ["POST recovery"] = "requestRecovery",
        ["POST recovery/confirm"] = "confirmRecovery",
        ["POST email-verification"] = "confirmEmail",
        ["POST me/email-verification"] = "requestEmailVerification",
        ["GET me"] = "getMe",
        ["POST me/password"] = "changeOwnPassword",
        ["POST me/second-factor"] = "beginSecondFactor",
        ["POST me/second-factor/confirm"] = "confirmSecondFactor",
        ["POST me/second-factor/disable"] = "disableSecondFactor",
        ["GET me/sessions"] = "listOwnSessions",
        ["DELETE me/sessions"] = "endOwnSessions",
        ["DELETE me/sessions/{id}"] = "endOwnSession",
        ["GET me/sign-in-codes"] = "listOwnSignInCodes",
        ["DELETE me/sign-in-codes/{id}"] = "withdrawOwnSignInCode",
        ["GET organization"] = "getOwnOrganization",
        ["GET organization/usage"] = "getUsage",
        ["GET organization/retention"] = "getRetention",
        ["PUT organization/retention"] = "replaceRetention",
        ["GET organization/retention/preview"] = "previewRetention",
        ["GET gateway"] = "getOwnGateway",
        ["PATCH gateway"] = "updateOwnGateway",
        ["GET devices/{id}/steps/last"] = "getLastDeviceStep",
        ["GET audit"] = "listAuditEntries",
        ["GET audit/export"] = "exportAudit",
        ["POST provision"] = "provision",
        ["POST pairing/device-authorization"] = "startPairing",
        ["POST pairing/token"] = "pollPairing",
        ["POST steps"] = "sendSteps",
        ["POST devices"] = "announceDevices",
        ["POST commands/{id}/result"] = "answerCommand",
        ["POST gateways/{id}/commands"] = "sendGatewayCommand",
        ["POST gateways/{id}/provisioning-secret"] = "makeProvisioningSecret",
        ["GET rejected-messages/{id}/payload"] = "getRejectedMessagePayload",
        ["POST blueprints/{id}/versions"] = "draftBlueprintVersion",
        ["PUT blueprints/{id}/versions/{number}"] = "redraftBlueprintVersion",
        ["POST blueprints/proposals"] = "proposeBlueprint",
        ["PUT folders/{id}/recordings/{recording}"] = "addFolderRecording",
        ["DELETE folders/{id}/recordings/{recording}"] = "removeFolderRecording",
        ["POST shared"] = "openSharedLink",
        ["POST jobs/{id}/lots"] = "addJobLot",
        ["POST jobs/{id}/devices"] = "addJobDevice",
        ["POST jobs/{id}/steps"] = "addJobStep",
        ["POST jobs/{id}/dispositions"] = "disposeOfDeviations",
        ["GET jobs/{id}/verification"] = "verifyJob",
        ["GET jobs/{id}/record"] = "getJobRecord",
        ["GET jobs/{id}/record.pdf"] = "printJobRecord",
    };

    /// <summary>The last words of paths that are no things but what is done.</summary>
    private static readonly HashSet<string> Verbs = new(StringComparer.Ordinal)
    {
        "accept", "approve", "archive", "complete", "confirm", "deny", "disable", "enable", "end", "exchange", "export", "fix", "import", "lookup", "redeem", "reject", "release", "remove",
        "replay", "restore", "retire", "revoke", "transfer", "unpair", "withdraw",
    };

    private static readonly HashSet<string> SigningIn = new(StringComparer.Ordinal) { "sign-in", "sign-out", "token", "recovery", "email-verification", "provision" };

    private static readonly HashSet<string> Singular = new(StringComparer.Ordinal) { "status", "usage", "twin" };

    /// <param name="path">Without the prefix of the API, such as `sites/{id}`.</param>
    /// <param name="isOwnAnnouncement">The gateway's API has other meanings for two addresses that the registry has too.</param>
    public static string Of(string method, string path, bool isOwnAnnouncement)
    {
        bool isUplink = method == "POST" && path is "steps" or "telemetry" or "devices";
        if ((!isUplink || isOwnAnnouncement) && Given.TryGetValue($"{method} {path}", out string? given)) return given;
        string[] segments = path.Split('/');
        bool endsInOne = segments[^1].StartsWith('{');
        bool isVerb = method == "POST" && Verbs.Contains(segments[^1]);
        bool isList = method == "GET" && !endsInOne && segments[^1].EndsWith('s') && !Singular.Contains(segments[^1]);
        string verb = (method, isVerb) switch
        {
            ("GET", _) => isList ? "list" : "get",
            (_, true) => segments[^1],
            ("POST", _) => "create",
            ("PATCH", _) => "update",
            ("PUT", _) => "replace",
            _ => "delete",
        };
        string[] things = [.. (isVerb ? segments[..^1] : segments).Where(segment => !segment.StartsWith('{'))];
        return verb + string.Concat(things.Select((thing, i) => Pascal(isList && i == things.Length - 1 ? thing : One(thing))));
    }

    /// <summary>The part of the API that an address belongs to: its first word.</summary>
    public static string TagOf(string path)
    {
        string first = path.Split('/')[0];
        return SigningIn.Contains(first) || path is "access-keys/exchange" or "sign-in-codes/redeem" ? "Signing in"
            : first == "me" ? "Own account"
            : first is "organization" ? "Own organization"
            : char.ToUpperInvariant(first[0]).ToString(CultureInfo.InvariantCulture) + first[1..].Replace('-', ' ');
    }

    public static string Pascal(string word) =>
        string.Concat(word.Split('-', '_').Select(part => char.ToUpperInvariant(part[0]).ToString(CultureInfo.InvariantCulture) + part[1..]));

    private static string One(string thing) =>
        thing.EndsWith('s') && !Singular.Contains(thing) ? thing[..^1] : thing;
}

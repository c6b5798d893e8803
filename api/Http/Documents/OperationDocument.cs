using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;
using StepCloud.Api.Folders;
using StepCloud.Api.Gateways;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Recordings;
using StepCloud.Api.Registry;

namespace StepCloud.Api.Http.Documents;

/// <summary>Says of an operation what follows from its route by rule: its name, whom it is for, which problems it can answer with, and the headers of its answers.</summary>
internal sealed class OperationDocument(OpenApiDocument document, ApiDocument api, string path, string method, OpenApiOperation operation, IList<object> metadata)
{
    private readonly bool _isAnonymous = metadata.OfType<IAllowAnonymous>().Any();

    private readonly bool _isOfLink = metadata.OfType<OfSharedLink>().Any();

    private readonly RegistryOperation? _registry = metadata.OfType<RegistryOperation>().LastOrDefault();

    /// <summary>Whether it takes an Idempotency-Key: as <see cref="IdempotentPosts"/> decides it.</summary>
    private bool IsRemembered => method == HttpMethods.Post && !_isAnonymous && metadata.OfType<RememberedAnswers>().Any() && !metadata.OfType<NeverRemembered>().Any();

    /// <summary>Such as `sites/{id}`.</summary>
    private readonly string _relative = path[(path.IndexOf("/v1/", StringComparison.Ordinal) + 4)..];

    public string Tag => OperationNames.TagOf(_relative);

    public void Complete()
    {
        if (_registry is not null) new RegistryDocument(document, api, _registry, operation, _relative).Complete();
        if (metadata.OfType<UplinkBody>().LastOrDefault() is { } uplink) UplinkDocument.Describe(document, operation, uplink);
        if (metadata.OfType<RecordingBody>().Any()) RecordingBody.Describe(operation);
        operation.OperationId = OperationNames.Of(method, _relative, isOwnAnnouncement: api == OpenApiDocuments.Gateway);
        operation.Tags = new HashSet<OpenApiTagReference> { new(Tag, document) };
        operation.Description = string.Join(' ', ((string?[])[operation.Description, Audience()]).Where(text => !string.IsNullOrEmpty(text)));
        operation.Security = _isAnonymous && !_isOfLink
            ? []
            : [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(_isOfLink ? OfSharedLink.SchemeName : "access_token", document)] = [] }];
        if (IsRemembered) (operation.Parameters ??= []).Add(IdempotencyDocument.Key());
        foreach (OpenApiParameter parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? []) CompleteParameter(parameter);
        CompleteSuccess();
        AddProblems();
        OpenApiResponses sorted = [];
        foreach ((string status, IOpenApiResponse response) in operation.Responses!.OrderBy(response => response.Key, StringComparer.Ordinal)) sorted[status] = response;
        operation.Responses = sorted;
    }

    private string? Audience()
    {
        if (_isOfLink) return "For whoever has opened the link.";
        if (_isAnonymous) return "Needs no access token.";
        string password = metadata.OfType<PasswordSession>().Any() ? " Takes a session that was begun with a password." : "";
        if (operation.Description?.Contains("Owners only.", StringComparison.Ordinal) == true) return password.TrimStart();
        string who = metadata.OfType<AllowedRoles>().LastOrDefault()?.Sentence
            ?? (api == OpenApiDocuments.User ? "For every member." : api == OpenApiDocuments.Admin ? "For administrators of the installation." : "For the gateway that asks.");
        return who + password;
    }

    private static void CompleteParameter(OpenApiParameter parameter)
    {
        if (parameter.Schema is not OpenApiSchema schema) return;
        if (parameter.Name == "limit")
        {
            (schema.Type, schema.Format, schema.Pattern) = (JsonSchemaType.Integer, "int32", null);
            (schema.Minimum, schema.Maximum, schema.Default) = ("1", $"{PageLimits.Max}", PageLimits.Default);
            parameter.Description ??= "How many at most.";
        }
        else if (parameter.In == ParameterLocation.Path)
        {
            (schema.Type, schema.Format) = (JsonSchemaType.String, "uuid");
            parameter.Description ??= "A UUID.";
        }

        parameter.Description ??= parameter.Name switch
        {
            "before" or "after" => "The `next` of the page before.",
            "others" => "True: all but this one.",
            "organization" => "Of that organization.",
            "gateway" => "Of that gateway.",
            "state" => "What became of them: `open`, `replayed` or `dismissed`.",
            "subject_kind" => "What they are about: `gateway`, `device`, `user`, `session` ...",
            "subject" => "The id of what they are about.",
            "doer" => "The id of the user or gateway who did it.",
            "action" => "Such as `gateway.created`.",
            "from" => "From this time on.",
            "to" => "Before this time.",
            _ => null,
        };
    }

    private void CompleteSuccess()
    {
        foreach ((string status, IOpenApiResponse response) in operation.Responses!)
        {
            if (status[0] is not ('2' or '3') || response is not OpenApiResponse own) continue;
            own.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
            bool hasTag = _registry is { Action: not (RegistryAction.List or RegistryAction.Export or RegistryAction.Import) };
            // What the operation says of a header itself stands.
            foreach ((string name, IOpenApiHeader header) in ResponseHeaders.ForSuccess(document, int.Parse(status), hasTag)) own.Headers.TryAdd(name, header);
            if (IsRemembered) own.Headers[IdempotencyKey.ReplayedHeader] = IdempotencyDocument.Replayed();
            foreach (IProducesResponseTypeMetadata type in metadata.OfType<IProducesResponseTypeMetadata>().Where(type => $"{type.StatusCode}" == status))
            {
                // A file, or lines: the framework leaves out what has no type.
                foreach (string mediaType in type.ContentTypes.Where(mediaType => own.Content?.ContainsKey(mediaType) != true))
                {
                    if (type.Type is not null && type.Type != typeof(void)) continue;
                    own.Content ??= new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
                    own.Content[mediaType] = new OpenApiMediaType
                    {
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", MaxLength = int.MaxValue }, Example = "",
                    };
                }
            }
        }
    }

    /// <summary>By rule, and what the route says beside it. Who has declared an answer of another form keeps it, with the problem as a further form.</summary>
    private void AddProblems()
    {
        bool hasBody = operation.RequestBody is not null, hasId = _relative.Contains('{');
        // 400 for what no route can read; the others from what comes before every route, or lies under it.
        SortedSet<int> statuses = [400, 429, 500, 503];
        if (!_isAnonymous) statuses.UnionWith([401, 403]);
        if (hasId || _registry is { Action: RegistryAction.Find }) statuses.Add(404);
        if (hasBody) statuses.UnionWith([413, 415]);
        if (IsRemembered) statuses.UnionWith([409, 422]);
        if (_registry is { Action: not (RegistryAction.List or RegistryAction.Find or RegistryAction.FindPicture or RegistryAction.Export or RegistryAction.Import) }) statuses.UnionWith([409, 412]);
        if (_registry is { Action: RegistryAction.Import }) statuses.Add(422);
        if (_registry is { Action: RegistryAction.Create }) statuses.Remove(412);
        if (_registry is { Action: RegistryAction.Patch or RegistryAction.ReplacePicture or RegistryAction.RemovePicture, NeedsVersion: true }) statuses.Add(428);
        foreach (string declared in operation.Responses!.Keys.Where(status => status[0] is '4' or '5')) statuses.Add(int.Parse(declared));

        foreach (int status in statuses)
        {
            string key = $"{status}";
            Type? other = metadata.OfType<IProducesResponseTypeMetadata>().LastOrDefault(type => type.StatusCode == status)?.Type;
            if (other is null || other == typeof(void) || typeof(Microsoft.AspNetCore.Mvc.ProblemDetails).IsAssignableFrom(other)
                || operation.Responses.GetValueOrDefault(key) is not OpenApiResponse own)
            {
                operation.Responses[key] = ProblemResponses.For(document, status);
                continue;
            }

            own.Headers = ResponseHeaders.ForProblem(document, status);
            own.Content![ProblemResponses.MediaType] = ProblemResponses.Content(document, status);
        }
    }
}

using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.OpenApi;
using StepCloud.Api.Folders;
using StepCloud.Api.Http.Documents;

namespace StepCloud.Api.Http;

/// <summary>Three OpenAPI documents, one for each kind of token, and a page to read each.</summary>
internal static class OpenApiDocuments
{
    public static readonly ApiDocument User = new("user", "/docs", "StepCloud for users", "Read and watch what the devices of your organization did.");

    public static readonly ApiDocument Admin = new("admin", "/admin/docs", "StepCloud for administrators", "Run the installation.");

    public static readonly ApiDocument Gateway = new("gateway", "/gateway/docs", "StepCloud for gateways", "Send what the devices of a shop did.");

    private static readonly ApiDocument[] All = [User, Admin, Gateway];

    public static IServiceCollection AddOpenApiDocuments(this IServiceCollection services)
    {
        foreach (ApiDocument document in All)
        {
            services.AddOpenApi(document.Name, options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                // `Blueprint` is the thing of the registry; this is what one of its versions says.
                options.CreateSchemaReferenceId = type => type.Type == typeof(Actors.Workflows.Blueprint) ? "BlueprintDocument" : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
                options.AddSchemaTransformer((schema, context, _) => IdSchemas.Describe(schema, context.JsonTypeInfo.Type));
                options.AddDocumentTransformer((openApi, context, _) => Complete(openApi, document, context));
            });
        }

        return services.AddOutputCache();
    }

    /// <summary>The documents at `/openapi/NAME.json`; the pages carry all they need with them.</summary>
    public static void MapOpenApiDocuments(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous().CacheOutput(MadeOnce);
        foreach (ApiDocument document in All)
        {
            app.UseSwaggerUI(options =>
            {
                options.RoutePrefix = document.Page.TrimStart('/');
                options.DocumentTitle = document.Title;
                options.SwaggerEndpoint($"/openapi/{document.Name}.json", document.Title);
                options.ConfigObject.AdditionalItems["persistAuthorization"] = false;
            });
        }
    }

    /// <summary>A document is the same for everybody as long as the process lives, and to make it takes a good part of a second: whatever stands in the address.</summary>
    private static void MadeOnce(OutputCachePolicyBuilder policy) => policy.Expire(TimeSpan.FromDays(1)).SetVaryByHost(false).SetVaryByQuery([]);

    /// <summary>Puts a route group into its document.</summary>
    public static RouteGroupBuilder Document(this RouteGroupBuilder group, ApiDocument document) => group.WithGroupName(document.Name);

    private static Task Complete(OpenApiDocument openApi, ApiDocument document, OpenApiDocumentTransformerContext context)
    {
        openApi.Info = new OpenApiInfo
        {
            Title = document.Title,
            Description = $"{document.Description} Errors are Problem Details (RFC 9457), each with a stable `code`: docs/ERRORS.md has them all.",
            Version = "1",
            Contact = new OpenApiContact { Name = "The administrators of the installation" },
        };
        openApi.Servers =
        [
            new OpenApiServer
            {
                Url = "/", Description = "This installation, in production and wherever else it runs",
                Extensions = new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal) { ["x-internal"] = new JsonNodeExtension(document == Admin) },
            },
        ];
        openApi.Components ??= new OpenApiComponents();
        openApi.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        openApi.Components.SecuritySchemes["access_token"] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = $"An access token of the kind that {document.Title} is for: a JWT (RFC 9068), made and checked by the best practices of RFC8725.",
        };
        if (document == User)
        {
            openApi.Components.SecuritySchemes[OfSharedLink.SchemeName] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Cookie,
                Name = LinkOpening.Cookie,
                Description = "What `POST /api/v1/shared` sets for whoever comes with a link: 256 random bits.",
            };
        }

        openApi.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("access_token", openApi)] = [] }];
        ApiDescription[] routes = [.. context.DescriptionGroups.SelectMany(group => group.Items)];
        ResponseHeaders.AddTo(openApi);
        ProblemResponses.AddTo(openApi);
        foreach ((string path, IOpenApiPathItem item) in openApi.Paths)
        {
            foreach ((HttpMethod method, OpenApiOperation operation) in item.Operations!)
            {
                ApiDescription route = routes.First(route => route.HttpMethod == method.Method && "/" + route.RelativePath == path && route.GroupName == document.Name);
                new OperationDocument(openApi, document, path, method.Method, operation, route.ActionDescriptor.EndpointMetadata).Complete();
            }
        }

        SchemaBounds.Apply(openApi);
        DocumentExamples.AddTo(openApi);
        DocumentParts.Tidy(openApi);
        return Task.CompletedTask;
    }
}

internal sealed record ApiDocument(string Name, string Page, string Title, string Description);

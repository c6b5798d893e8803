using Microsoft.OpenApi;

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
                options.AddDocumentTransformer((openApi, _, _) => Complete(openApi, document));
            });
        }

        return services;
    }

    /// <summary>The documents at `/openapi/NAME.json`; the pages carry all they need with them.</summary>
    public static void MapOpenApiDocuments(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
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

    /// <summary>Puts a route group into its document.</summary>
    public static RouteGroupBuilder Document(this RouteGroupBuilder group, ApiDocument document) => group.WithGroupName(document.Name);

    private static Task Complete(OpenApiDocument openApi, ApiDocument document)
    {
        openApi.Info = new OpenApiInfo { Title = document.Title, Description = document.Description, Version = "1" };
        openApi.Servers?.Clear();
        openApi.Components ??= new OpenApiComponents();
        openApi.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        openApi.Components.SecuritySchemes["access_token"] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = $"An access token of the kind that {document.Title} is for.",
        };
        openApi.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("access_token", openApi)] = [] }];
        return Task.CompletedTask;
    }
}

internal sealed record ApiDocument(string Name, string Page, string Title, string Description);

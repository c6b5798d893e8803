using System.Reflection;

namespace StepCloud.Api.Folders;

/// <summary>The page on which somebody without an account opens a link: one file each of HTML, script and style, and nothing from elsewhere.</summary>
internal static class SharedPage
{
    private const string Path = "/shared";

    /// <summary>Scripts and styles are files of this server, and nothing else runs or is fetched.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static void MapSharedPage(this IEndpointRouteBuilder app)
    {
        Map(app, Path, "page.html", "text/html; charset=utf-8");
        Map(app, Path + "/page.js", "page.js", "text/javascript; charset=utf-8");
        Map(app, Path + "/page.css", "page.css", "text/css; charset=utf-8");
    }

    /// <summary>What is given away. The token stands behind the `#`, which browsers tell no server, and so no log.</summary>
    public static string UrlOf(string publicUrl, string token) => $"{publicUrl.TrimEnd('/')}{Path}#{token}";

    public static bool IsHttps(string publicUrl) => publicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static void Map(IEndpointRouteBuilder app, string path, string file, string mediaType)
    {
        byte[] content = Read(file);
        app.MapGet(path, (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return TypedResults.Bytes(content, mediaType);
        }).AllowAnonymous().ExcludeFromDescription();
    }

    private static byte[] Read(string file)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("shared/" + file)!;
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }
}

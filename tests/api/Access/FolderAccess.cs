namespace StepCloud.Tests.Api.Access;

/// <summary>The part of <see cref="AccessTable"/> that is about folders and their links.</summary>
internal static class FolderAccess
{
    public const string Rows =
        """


        Folders: owners and technicians share
        GET /api/v1/folders                                | 401 403 | 200 200 403 403 403 | 200 200 403 403 403
        GET /api/v1/folders/{id}                           | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/folders                               | 401 403 | 201 201 403 403 403 | 201 201 403 403 403
        PUT /api/v1/folders/{id}                           | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        DELETE /api/v1/folders/{id}                        | 401 403 | 204 204 403 403 403 | 404 404 403 403 403
        GET /api/v1/folders/{id}/recordings                | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        PUT /api/v1/folders/{id}/recordings/{recording}    | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        DELETE /api/v1/folders/{id}/recordings/{recording} | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        GET /api/v1/folders/{id}/links                     | 401 403 | 200 200 403 403 403 | 404 404 403 403 403
        POST /api/v1/folders/{id}/links                    | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        POST /api/v1/folders/{id}/links/{link}/revoke      | 401 403 | 200 200 403 403 403 | 404 404 403 403 403

        What a link opens: whoever has it, by a secret in the request or the cookie that it set
        POST /api/v1/shared                                | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /api/v1/shared/{link}/recordings               | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /api/v1/shared/{link}/recordings/{id}/content  | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /shared                                        | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /shared/page.js                                | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /shared/page.css                               | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        """;
}

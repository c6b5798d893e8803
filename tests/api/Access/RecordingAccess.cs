namespace StepCloud.Tests.Api.Access;

/// <summary>The part of <see cref="AccessTable"/> that is about recordings.</summary>
internal static class RecordingAccess
{
    public const string Rows =
        """


        Recordings: every user reads, owners and technicians bring them, owners destroy them. An upload is gone on with by whoever began it (here: the owner)
        GET /api/v1/recordings                             | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        GET /api/v1/recordings/{id}                        | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        GET /api/v1/recordings/{id}/content                | 401 403 | 200 200 200 200 403 | 404 404 404 404 403
        POST /api/v1/recordings                            | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        DELETE /api/v1/recordings/{id}                     | 401 403 | 204 403 403 403 403 | 404 403 403 403 403
        OPTIONS /api/tus/v1/recordings                     | 401 403 | 204 204 403 403 403 | 204 204 403 403 403
        POST /api/tus/v1/recordings                        | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        HEAD /api/tus/v1/recordings/{id}                   | 401 403 | 200 404 403 403 403 | 404 404 403 403 403
        PATCH /api/tus/v1/recordings/{id}                  | 401 403 | 204 404 403 403 403 | 404 404 403 403 403
        DELETE /api/tus/v1/recordings/{id}                 | 401 403 | 204 404 403 403 403 | 404 404 403 403 403
        POST /gateway/api/v1/recordings                    | 401 403 | 403 403 403 403 201 | 403 403 403 403 404
        OPTIONS /gateway/api/tus/v1/recordings             | 401 403 | 403 403 403 403 204 | 403 403 403 403 204
        POST /gateway/api/tus/v1/recordings                | 401 403 | 403 403 403 403 201 | 403 403 403 403 404
        HEAD /gateway/api/tus/v1/recordings/{id}           | 401 403 | 403 403 403 403 200 | 403 403 403 403 404
        PATCH /gateway/api/tus/v1/recordings/{id}          | 401 403 | 403 403 403 403 204 | 403 403 403 403 404
        DELETE /gateway/api/tus/v1/recordings/{id}         | 401 403 | 403 403 403 403 204 | 403 403 403 403 404

        Codes with which a shared tablet brings recordings of a case: made by owners and technicians, entered by whoever has one, each user's own
        POST /api/v1/cases/{id}/sign-in-codes              | 401 403 | 201 201 403 403 403 | 404 404 403 403 403
        POST /api/v1/sign-in-codes/redeem                  | 200 200 | 200 200 200 200 200 | 200 200 200 200 200
        GET /api/v1/me/sign-in-codes                       | 401 403 | 200 200 200 200 403 | 200 200 200 200 403
        DELETE /api/v1/me/sign-in-codes/{id}               | 401 403 | 204 404 404 404 403 | 404 404 404 404 403

        GET /admin/api/v1/rotten-recordings                | 401 200 | 403 403 403 403 403 | 403 403 403 403 403
        """;
}

using System.Reflection;

namespace StepCloud.Api.Http;

/// <summary>The catalogue of all problems: code, status and title stand here and nowhere else. docs/ERRORS.md is made of it.</summary>
public static class ProblemKinds
{
    // 400: the request is not as it must be.
    public static readonly ProblemKind InvalidRequest = new(
        400, "invalid_request", "The request is not as it must be.",
        "Something in the body, the query or a header is missing, too long, unknown or of the wrong kind.",
        "Read `errors`: each names its place (a JSON Pointer into the body, or the parameter's name) and what is wrong there.");

    public static readonly ProblemKind PasswordRefused = new(
        400, "password_refused", "This password cannot be chosen.",
        "The new password is too short, too long, no text, or one of those that are guessed first. `reason` says which: `too_short`, `too_long`, `not_text`, `common`.",
        "Choose another one.");

    public static readonly ProblemKind InvalidLink = new(
        400, "invalid_link", "The link is not, or no longer, valid.",
        "The token of a mail's link was used, has expired, was withdrawn, or never was one.", "Ask for another link.");

    public static readonly ProblemKind MistypedAccessKey = new(
        400, "mistyped_access_key", "This is no access key.", "A letter is wrong or missing: the check digits do not fit.",
        "Scan it, or type it again: it begins with `sck_`.");

    public static readonly ProblemKind NotAPicture = new(
        400, "not_a_picture", "The bytes are not the picture that they are said to be.", "A picture begins as its format demands; these are empty, or begin otherwise.",
        "Send the bytes of a picture file as they are, and its type as `Content-Type`.");

    /// <summary>460 as tus has it; 400 elsewhere.</summary>
    public static readonly ProblemKind ChecksumMismatch = new(
        400, "checksum_mismatch", "The bytes are not those of the checksum.", "What came has another SHA-256 than was said; nothing of it was kept.", "Send it again.") { OtherStatus = 460 };

    public static readonly ProblemKind SubprotocolMissing = new(
        400, "subprotocol_missing", "The WebSocket must have the subprotocol 'mqtt'.", "The address is that of MQTT over WebSocket, asked for without its subprotocol.",
        "Connect with an MQTT client.");

    // 401: who are you?
    public static readonly ProblemKind NotAuthenticated = new(
        401, "not_authenticated", "This needs an access token.", "The request has no access token.", "Send one in the header `Authorization: Bearer ...`.");

    public static readonly ProblemKind InvalidToken = new(
        401, "invalid_token", "The access token is not, or no longer, valid.", "It has expired, is not one of ours, or its session was ended.",
        "Exchange the refresh token for a new one; if that is refused too, sign in or pair again.");

    public static readonly ProblemKind WrongCredentials = new(
        401, "wrong_credentials", "The e-mail address or the password is wrong.", "It is never told which of the two, or whether there is such an account.", "Try again, or ask for a new password.");

    public static readonly ProblemKind CodeRequired = new(
        401, "code_required", "A code is needed.", "The password is right, and the account has a second factor.",
        "Send the same again with `code`: of the authenticator app, or a recovery code.");

    /// <summary>401 at a sign-in; 403 for somebody who is signed in, and shows that it is still him.</summary>
    public static readonly ProblemKind WrongCode = new(
        401, "wrong_code", "The code is wrong.", "A code of the second factor was wrong, or used before.",
        "Each code works once. Wait for the app's next one, or use a recovery code.") { OtherStatus = 403 };

    public static readonly ProblemKind InvalidRefreshToken = new(
        401, "invalid_refresh_token", "The refresh token is not, or no longer, valid.", "It has expired, its session was ended, or it never was one.", "Sign in or pair again.");

    public static readonly ProblemKind RefreshTokenReused = new(
        401, "refresh_token_reused", "The refresh token was used before.", "Somebody else may hold a copy of it, so the session was ended.", "Sign in or pair again, and find out who.");

    public static readonly ProblemKind InvalidProvisioningSecret = new(
        401, "invalid_provisioning_secret", "The secret is not, or no longer, valid.", "It is good for one use within 7 days.", "Have a user make a new one.");

    public static readonly ProblemKind InvalidAccessKey = new(
        401, "invalid_access_key", "The access key is not, or no longer, valid.", "It is disabled, has expired, or its member may not come in.",
        "Ask an owner of your organization for another.");

    public static readonly ProblemKind InvalidSignInCode = new(
        401, "invalid_sign_in_code", "The code is not, or no longer, valid.", "Unknown, wrong, expired, used, or guessed at too often: one answer for all.",
        "Compare it with what was shown. A code is good for five minutes, one use and five tries; have another one made.");

    public static readonly ProblemKind LinkPasswordNeeded = new(
        401, "link_password_needed", "This link has a password.", "A link to a folder was sent without the password that it has.", "Send the same with `password`: whoever gave you the link has it.");

    public static readonly ProblemKind WrongLinkPassword = new(
        401, "wrong_link_password", "The password of this link is wrong.", "A link to a folder was sent with another password than it has.",
        "Try again. After five from one address, or twenty in all, it takes none for a while.");

    public static readonly ProblemKind LinkNotOpened = new(
        401, "link_not_opened", "The link is not open.", "It was not opened here, too long ago (15 minutes after its last use), or it holds no more.", "Open it again: `POST /api/v1/shared`.");

    // 403: not for you.
    public static readonly ProblemKind NotAllowed = new(
        403, "not_allowed", "Your role does not allow this.", "It is for another role of your organization; `detail` says for which.", "Ask somebody who has it.");

    public static readonly ProblemKind WrongHolder = new(
        403, "wrong_holder", "This access token is not for this API.", "Users, administrators and gateways have each their API, and a token is good for one of them.",
        "Use the API of the token's holder.");

    public static readonly ProblemKind WrongPassword = new(
        403, "wrong_password", "The password is wrong.", "You are signed in, and this asks for the password once more.", "Try again. It counts as a failed sign-in.");

    public static readonly ProblemKind PasswordSessionRequired = new(
        403, "password_session_required", "An access key does not allow this.", "The session was begun with an access key, which lies about at a workstation.",
        "Sign in with e-mail and password to do it.");

    public static readonly ProblemKind UploadSessionOnly = new(
        403, "upload_session_only", "This session brings recordings of one case, and nothing else.", "It was begun with a sign-in code at a shared tablet.",
        "Sign in to do anything else. For another case have another code made.");

    public static readonly ProblemKind AddressNotAllowed = new(
        403, "address_not_allowed", "This is not for your address.", "Only some networks may come to the API of administrators (the proxy in front says which), and to the metrics (Metrics:AllowedFrom).",
        "Come from one of those networks, or have the administrators of the installation add yours.");

    public static readonly ProblemKind ConsentMissing = new(
        403, "consent_missing", "There is no consent to this.", "The recording is of a case, and no consent to recordings holds: none was given, it has ended, or it was withdrawn.",
        "Record a consent of the person first.");

    public static readonly ProblemKind QuotaReached = new(
        403, "quota_reached", "The plan has no room for more.", "`quota` says of what: its `kind`, how many are `used`, and the `max`.",
        "Archive what is not needed, wait until midnight UTC for steps, or have the plan changed.");

    // 404: not there, or not yours.
    public static readonly ProblemKind NotFound = new(
        404, "not_found", "There is no such thing here.", "There is nothing of that id or address, or it is another organization's.", "Look it up in its list.");

    public static readonly ProblemKind UnknownPairingCode = new(
        404, "unknown_pairing_code", "No gateway waits with that code.", "Never given out, expired or decided: one answer for all.",
        "Compare it with what the gateway shows. A code is good for ten minutes.");

    public static readonly ProblemKind MethodNotAllowed = new(
        405, "method_not_allowed", "This address does not know that method.", "The address is right, the method is not.", "The header `Allow` names those that there are.");

    // 409: not as things are.
    public static readonly ProblemKind OffsetMismatch = new(
        409, "offset_mismatch", "The upload stands elsewhere.", "`Upload-Offset` is not where the upload stands.", "Ask with HEAD where it stands, and go on from there.");

    public static readonly ProblemKind Archived = new(
        409, "archived", "It is in the archive.", "What is archived is not changed.", "Restore it first.");

    public static readonly ProblemKind AlreadyTaken = new(
        409, "already_taken", "Another one has this already.", "A value that only one can have is another one's; `errors` names the field.", "Choose another value.");

    public static readonly ProblemKind IdTaken = new(
        409, "id_taken", "The id is taken.", "Something with the id that you gave exists already.", "Make another id, unless it was you who made it.");

    public static readonly ProblemKind SiteInUse = new(
        409, "site_in_use", "The site has gateways.", "A site with gateways in use is not archived.", "Transfer or archive its gateways first.");

    public static readonly ProblemKind LastResort = new(
        409, "last_resort", "This model stands for every device that no other one matches.", "The catalogue cannot be without it.", "Leave it as it is.");

    public static readonly ProblemKind BlueprintNotApproved = new(
        409, "blueprint_not_approved", "This version of the blueprint is not in use.", "Jobs go through approved versions; what is a draft or retired is none.", "Have the version approved, or take another.");

    public static readonly ProblemKind VersionApproved = new(
        409, "version_approved", "This version was approved, and never changes.", "What was signed stays what it was.", "Draft a new version, and have that approved.");

    public static readonly ProblemKind BlueprintUnmeetable = new(
        409, "blueprint_unmeetable", "No job could go through this version.", "`detail` says where and why.", "Mend the draft.");

    public static readonly ProblemKind BlueprintAltered = new(
        409, "blueprint_altered", "The blueprint is not what was approved.", "Somebody has altered an approved version in the database. A job that was judged by it is not released.",
        "Tell the administrators of the installation; `stepcloud job verify` names what else was altered.");

    public static readonly ProblemKind StepReworked = new(
        409, "step_reworked", "The step is to be done again.", "Somebody allowed to has decided so; it does not count any more.", "What is done again is another step: add that.");

    public static readonly ProblemKind TooManyVersions = new(
        409, "too_many_versions", "The blueprint has too many versions.", "`detail` says how many there can be.", "Make another blueprint.");

    public static readonly ProblemKind LotExpired = new(
        409, "lot_expired", "The lot is past its expiry.", "`detail` says since when.", "Take another lot.");

    public static readonly ProblemKind JobDecided = new(
        409, "job_decided", "The job was decided of.", "What was released or rejected by a signature is not changed.", "Make another job.");

    public static readonly ProblemKind JobFull = new(
        409, "job_full", "The job has too many of these.", "`detail` says of what, and how many there can be.", "Make another job for the rest.");

    public static readonly ProblemKind CaseErased = new(
        409, "case_erased", "The case is erased.", "Its key is destroyed: nothing is known of it any more, and nothing can be added.", "Make another case.");

    public static readonly ProblemKind CaseFull = new(
        409, "case_full", "The case has too many of these.", "`detail` says of what, and how many there can be.", "Make another case.");

    public static readonly ProblemKind JobIncomplete = new(
        409, "job_incomplete", "Steps of the job are awaited still.", "Not all that was approved has been done.", "Wait for it; or say that the job is complete, and dispose of what is missing.");

    public static readonly ProblemKind OpenDeviations = new(
        409, "open_deviations", "Something of the job is not as approved.", "A job is released when somebody has disposed of each of its deviations, and none was scrap.",
        "Dispose of them, or reject the job.");

    public static readonly ProblemKind DeviationClosed = new(
        409, "deviation_closed", "The deviation is not open.", "It was disposed of, or is found no more; `detail` says which.", "Read the job again.");

    public static readonly ProblemKind RecordTooLarge = new(
        409, "record_too_large", "The job's record would be too large.", "`detail` says how large it can be.", "Take out of the job what is not its own.");

    public static readonly ProblemKind TooManyCommands = new(
        409, "too_many_commands", "Too many commands wait for this gateway.", "`detail` says how many are open.", "Wait until they are answered or expired.");

    public static readonly ProblemKind TooManyFolders = new(
        409, "too_many_folders", "The organization has too many folders.", "`detail` says how many there can be.", "Delete some.");

    public static readonly ProblemKind FolderFull = new(
        409, "folder_full", "The folder holds too many recordings.", "`detail` says how many there can be.", "Make another folder.");

    public static readonly ProblemKind TooManyLinks = new(
        409, "too_many_links", "Too many links open this folder.", "`detail` says how many there can be.", "Revoke some, or give one to several people.");

    public static readonly ProblemKind DownloadsUsedUp = new(
        409, "downloads_used_up", "The link has been used for as many downloads as it may.", "Whoever made it has said how many there can be.", "Ask whoever gave it to you for another.");

    public static readonly ProblemKind TooManyAlarmRules = new(
        409, "too_many_alarm_rules", "The organization has too many alarm rules.", "Each is held against every step; `detail` says how many there can be.",
        "Change one that is there, or let one be for a model in the place of many devices.");

    public static readonly ProblemKind TooManyAlarmChannels = new(
        409, "too_many_alarm_channels", "The organization has too many alarm channels.", "`detail` says how many there can be.", "Change one that is there.");

    public static readonly ProblemKind NotDead = new(
        409, "not_dead", "The delivery was not given up.", "It has arrived, or is still tried.", "Wait: its `state` and `next_at` say for what.");

    public static readonly ProblemKind AlreadyMember = new(
        409, "already_member", "The address is a member's of your organization.", "Whoever belongs to it already is not invited.", "Change the member instead.");

    public static readonly ProblemKind TooManySignInCodes = new(
        409, "too_many_sign_in_codes", "You have too many sign-in codes.", "`detail` says how many there can be at a time.", "Use or withdraw some, or wait five minutes.");

    public static readonly ProblemKind TooManyInvitations = new(
        409, "too_many_invitations", "Too many invitations are open.", "`detail` says how many there can be.", "Withdraw some.");

    public static readonly ProblemKind TooManyLegalHolds = new(
        409, "too_many_legal_holds", "Too many legal holds are open.", "`detail` says how many there can be.", "Release some, or place one of everything.");

    public static readonly ProblemKind EmailTaken = new(
        409, "email_taken", "This address has an account already.", "An account belongs to one organization, and has its own address.", "Sign in with it, or be invited by another address.");

    public static readonly ProblemKind SecondFactorOn = new(
        409, "second_factor_on", "The second factor is on already.", "There is one authenticator app to an account.", "Disable it first.");

    public static readonly ProblemKind NothingToConfirm = new(
        409, "nothing_to_confirm", "There is no secret to be confirmed.", "No secret was asked for, or it is confirmed already.", "Ask for one first.");

    public static readonly ProblemKind LastOwner = new(
        409, "last_owner", "This is the last owner of the organization.", "Somebody must be able to run it.", "Make another member an owner first.");

    public static readonly ProblemKind LastAdministrator = new(
        409, "last_administrator", "This is the last administrator of the installation.", "Somebody must be able to run it.",
        "Make another one first, with `stepcloud user create --administrator` on the server.");

    public static readonly ProblemKind PasswordNeeded = new(
        409, "password_needed", "An owner signs in with a password, and this member has none.", "A member without a mailbox cannot become an owner.", "Invite the person by e-mail as an owner.");

    public static readonly ProblemKind TooManyMembers = new(
        409, "too_many_members", "The organization has too many members.", "`detail` says how many there can be.", "Ask the administrators of the installation.");

    public static readonly ProblemKind MemberDisabled = new(
        409, "member_disabled", "The member is disabled.", "Who may not come in gets no access key.", "Enable the member first.");

    public static readonly ProblemKind KeyForOwner = new(
        409, "key_for_owner", "An owner cannot have an access key.", "Owners sign in with a password.", "Make the key for another member.");

    public static readonly ProblemKind TooManyAccessKeys = new(
        409, "too_many_access_keys", "The member has too many access keys.", "`detail` says how many usable ones there can be.", "Disable some.");

    public static readonly ProblemKind NotReplayable = new(
        409, "not_replayable", "This message cannot be sent on its way again.", "A refused message has no gateway, or came by a way that is not gone again.",
        "Read the detail; dismiss it if nothing can be done.");

    public static readonly ProblemKind AlreadyReplayed = new(
        409, "already_replayed", "There is nothing left of it to dismiss.", "The refused message was sent on its way again, and all of it was taken.",
        "Nothing.");

    public static readonly ProblemKind IdempotencyInProgress = new(
        409, "idempotency_in_progress", "The same request is being worked on.", "The first request with this Idempotency-Key has no answer yet.",
        "Send it again in a second, and get its answer.");

    public static readonly ProblemKind IdempotencyInDoubt = new(
        409, "idempotency_in_doubt", "It is not known whether this was done.", "The first request with this Idempotency-Key was begun, and the server stopped before it was answered.",
        "Look whether it was done, and if it was not, send it with another key.");

    // The request's form, and its conditions.
    public static readonly ProblemKind PreconditionFailed = new(
        412, "precondition_failed", "Somebody else has changed it.", "The ETag of `If-Match` is not that of what stands there now: `current_etag`.", "Read it again, and decide anew.");

    public static readonly ProblemKind TusVersion = new(
        412, "tus_version", "This is not the version of tus that is spoken here.", "`Tus-Resumable` is missing, or names another version than 1.0.0.", "Send `Tus-Resumable: 1.0.0`.");

    public static readonly ProblemKind TooLarge = new(
        413, "too_large", "The request's body is too large.", "Most bodies can have 1 MiB, a message of a gateway 16 MiB, an import 8 MiB, a picture 512 KiB, a form of the pairing 8 KiB, a recording 4 GiB or what the installation allows.", "Send less at once.");

    public static readonly ProblemKind UnsupportedMediaType = new(
        415, "unsupported_media_type", "The body must be JSON in UTF-8.", "The `Content-Type` is missing or names something else.", "Send it with `Content-Type: application/json`.");

    public static readonly ProblemKind UnsupportedPicture = new(
        415, "unsupported_picture", "A picture is a PNG, a JPEG or a WebP.", "The `Content-Type` is missing or names something else. An SVG is not taken: it can carry scripts.",
        "Send it with `Content-Type: image/png`, `image/jpeg` or `image/webp`.");

    public static readonly ProblemKind UnsupportedRecording = new(
        415, "unsupported_recording", "Recordings cannot be of this type.", "The type is missing, or none of those that there are; `detail` names them.", "Send one of the types that there are.");

    public static readonly ProblemKind RecordingTypeMismatch = new(
        415, "recording_type_mismatch", "The bytes are not of the type that they are said to be.", "The content does not begin as its type does; nothing of it was kept.", "Say the type that it is.");

    public static readonly ProblemKind RangeNotSatisfiable = new(
        416, "range_not_satisfiable", "There is nothing in this range.", "`Range` begins behind the end; `Content-Range` says how long the content is.", "Ask for another range.");

    public static readonly ProblemKind UplinkRefused = new(
        422, "uplink_refused", "Some of it was refused; the rest is stored.", "`results` has an element for each of yours; docs/PROTOCOL.md has their codes.",
        "Do not send what was refused again as it is. Its bytes are kept for the administrators.");

    public static readonly ProblemKind ImportRefused = new(
        422, "import_refused", "Nothing was imported.", "At least one line of an import cannot be. `errors` names each with its line, its field and what is wrong.",
        "Mend the lines, and import the whole again.");

    public static readonly ProblemKind UnknownLink = new(
        404, "unknown_link", "This link opens nothing.", "It was revoked, has expired, its folder is gone, or it never was one: one answer for all.", "Ask whoever gave it to you for another.");

    public static readonly ProblemKind UnknownSeries = new(
        404, "unknown_series", "There is no series of that name.", "The device, or the step, has never had a series that is called so.",
        "Take a name of `GET /api/v1/devices/{id}/series`; capital letters count.");

    public static readonly ProblemKind SeveralUnits = new(
        422, "several_units", "The series has several units in this time.", "What is in different units cannot be drawn on one axis. `units` names them.",
        "Ask again with `unit`, one after the other.");

    public static readonly ProblemKind TooManySamples = new(
        422, "too_many_samples", "These are too many samples for one answer.", "Every sample was asked for (`method=raw`) of a time that has more than 500,000.",
        "Ask for a shorter time, or for points by `m4`, `lttb` or `average`.");

    public static readonly ProblemKind IdempotencyKeyReused = new(
        422, "idempotency_key_reused", "This Idempotency-Key came with another request.", "A key stands for one request for 24 hours; what came now is another one.",
        "Make a new key for each thing that you want done.");

    public static readonly ProblemKind UploadIsWritten = new(
        423, "upload_is_written", "Another request writes this upload.", "One request at a time goes on with an upload; one that has broken off is let go after 90 s at most.", "Try again in some seconds.");

    public static readonly ProblemKind UpgradeRequired = new(
        426, "upgrade_required", "This is MQTT over WebSocket.", "The address is no page.", "Connect with an MQTT client.");

    public static readonly ProblemKind TooManyWatchers = new(
        429, "too_many_watchers", "Too many live streams are open.", "A user, and an organization, may have so many streams open at once.",
        "Close one, or watch a site in the place of its devices.");

    public static readonly ProblemKind PreconditionRequired = new(
        428, "precondition_required", "Say which version you have seen.", "A change has to name what it changes, so that nobody's work is lost.",
        "Send `If-Match` with the ETag that you read. `*` changes whatever stands there.");

    public static readonly ProblemKind TooManyAttempts = new(
        429, "too_many_attempts", "Too many wrong attempts.", "Passwords or codes were wrong too often. What is sent before the time is not looked at.",
        "Wait for `retry_after_seconds`, which the header `Retry-After` has too.");

    public static readonly ProblemKind TooManyRequests = new(
        429, "too_many_requests", "Too many requests.", "More came from this address, or from this holder, than is taken in that time.",
        "Wait for `retry_after_seconds`, which the header `Retry-After` has too.");

    // Not your fault.
    public static readonly ProblemKind InternalError = new(
        500, "internal_error", "Something went wrong here.", "A fault of the server. `detail` has what to look for in its log.", "Tell the administrators of the installation.");

    public static readonly ProblemKind RecordingDamaged = new(
        500, "recording_damaged", "The recording is no longer what was stored.", "Its stored bytes were altered, are cut off, or cannot be read; `detail` says where.", "Have it brought back from a back-up.");

    public static readonly ProblemKind Busy = new(
        503, "busy", "The server is busy.", "There is more to do than can be done now, or the store could not commit in time.", "Send the same again after `Retry-After`.");

    public static readonly ProblemKind RecordingStoreAway = new(
        503, "recording_store_away", "The place where the recording lies does not answer.", "Finished recordings can be kept by another service, and that is away. Nothing is lost, and new ones are taken.",
        "Try again after `Retry-After`.");

    public static readonly ProblemKind RecordingPlaceNotOurs = new(
        503, "recording_place_not_ours", "The place that recordings are written to is not this installation's.",
        "The folder is not mounted, is another one than it was, or has the mark of another installation, as after a restore. Nothing was taken in. Of an upload what was acknowledged stands.",
        "Tell the administrators of the installation: its log says what to do. Send it again later.");

    public static readonly ProblemKind Unavailable = new(
        503, "unavailable", "The server cannot reach its data.", "The database is away for the moment, or the server is and only the proxy in front of it answers.", "Send the same again after `Retry-After`.");

    public static readonly ProblemKind CannotPrint = new(
        503, "cannot_print", "The server cannot make PDFs.", "The fonts that they are set in are missing on the server; `detail` says which.",
        "Have the administrators install them; or take the record as JSON, which is what proves something, and print that elsewhere.");

    public static readonly ProblemKind ReadsOnly = new(
        503, "reads_only", "This process only reads.", "The installation has further processes for reads, and this is one of them.",
        "Send this to the installation's main process, and reads to whichever you like.");

    public static readonly ProblemKind StorageFull = new(
        507, "storage_full", "There is no room for it.", "The disk of the recordings is full, or nearly so. Of an upload what was acknowledged is kept; of anything else nothing.",
        "Tell the administrators of the installation, and send it again later.");

    /// <summary>By status, then as they stand here.</summary>
    public static readonly IReadOnlyList<ProblemKind> All =
    [
        .. typeof(ProblemKinds).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(ProblemKind))
            .Select(field => (ProblemKind)field.GetValue(null)!).OrderBy(kind => kind.Status),
    ];

    /// <exception cref="InvalidOperationException">There is none of that code.</exception>
    public static ProblemKind Get(string code) => All.First(kind => kind.Code == code);
}

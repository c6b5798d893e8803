namespace StepCloud.Contracts.Audit;

/// <summary>The codes of what was done. Stable: programs search by them. `subject.what_happened`.</summary>
public static class AuditActions
{
    /// <summary>Somebody took a copy of everything with `stepcloud backup`; new says whether with the master key.</summary>
    public const string InstallationBackedUp = "installation.backed_up";

    /// <summary>The database was brought back as it was at an earlier time; new says as of when, and from which back-up.</summary>
    public const string InstallationRestored = "installation.restored";

    /// <summary>A place of recordings, which another installation's mark had or none, is this installation's; old holds the mark, new which place.</summary>
    public const string RecordingPlaceAdopted = "recording_place.adopted";

    public const string OrganizationCreated = "organization.created";

    /// <summary>What it has of something has come near to what its plan has room for, and its owners were told.</summary>
    public const string QuotaNear = "organization.quota_near";

    /// <summary>An organization has a new key, and what the old one wrapped is wrapped anew; new holds the version.</summary>
    public const string OrganizationKeyRotated = "organization.key_rotated";

    public const string SiteCreated = "site.created";
    public const string UserCreated = "user.created";

    /// <summary>His name or his role; old and new hold what changed.</summary>
    public const string UserChanged = "user.changed";

    /// <summary>A copy of all that is known of him was handed out.</summary>
    public const string UserExported = "user.exported";

    /// <summary>He may not come in any more; his sessions end with it.</summary>
    public const string UserDisabled = "user.disabled";
    public const string UserEnabled = "user.enabled";

    /// <summary>His account was deleted: name, address, secrets and sessions' addresses are gone; the id stays.</summary>
    public const string UserErased = "user.erased";

    public const string SignInSucceeded = "user.sign_in_succeeded";
    public const string SignInFailed = "user.sign_in_failed";

    /// <summary>The same password, hashed at today's cost.</summary>
    public const string PasswordHashUpgraded = "user.password_hash_upgraded";

    public const string PasswordChanged = "user.password_changed";

    /// <summary>Somebody asked for a link to set a new password. It went to the account's address, whoever it was.</summary>
    public const string RecoveryRequested = "user.recovery_requested";

    public const string PasswordRecovered = "user.password_recovered";
    public const string EmailVerificationRequested = "user.email_verification_requested";
    public const string EmailVerified = "user.email_verified";

    public const string SecondFactorEnabled = "user.second_factor_enabled";
    public const string SecondFactorDisabled = "user.second_factor_disabled";
    public const string RecoveryCodeUsed = "user.recovery_code_used";

    public const string AccessKeyCreated = "access_key.created";
    public const string AccessKeyDisabled = "access_key.disabled";

    /// <summary>A right key came that is disabled or has expired, or whose member may not come in.</summary>
    public const string AccessKeyRefused = "access_key.refused";

    /// <summary>A user has asked for a code for a shared tablet; new holds the case that it is for.</summary>
    public const string SignInCodeCreated = "sign_in_code.created";

    /// <summary>A tablet has begun a session with it; new holds the session, and what the tablet calls itself.</summary>
    public const string SignInCodeRedeemed = "sign_in_code.redeemed";

    /// <summary>It was taken out of use before anybody used it; new says why: `by_user`, `replaced`, `case_erased`.</summary>
    public const string SignInCodeWithdrawn = "sign_in_code.withdrawn";

    /// <summary>It was guessed at too often.</summary>
    public const string SignInCodeDestroyed = "sign_in_code.destroyed";

    public const string InvitationCreated = "invitation.created";
    public const string InvitationWithdrawn = "invitation.withdrawn";
    public const string InvitationAccepted = "invitation.accepted";

    public const string SessionStarted = "session.started";
    public const string SessionEnded = "session.ended";

    /// <summary>A refresh token that was used before came again, and the session was ended for it (RFC 9700 §4.14.2).</summary>
    public const string SessionReuseDetected = "session.reuse_detected";

    /// <summary>A gateway came with a refresh token that was issued in the time that a restore has lost, and its session went on with it.</summary>
    public const string SessionContinued = "session.continued_after_restore";

    public const string GatewayCreated = "gateway.created";
    public const string CommandSent = "command.sent";
    public const string CommandAnswered = "command.answered";

    /// <summary>A user has confirmed what a gateway asked for: it is new, or set up anew.</summary>
    public const string GatewayPaired = "gateway.paired";

    /// <summary>A user has turned a gateway away, or was not allowed its id.</summary>
    public const string GatewayPairingDenied = "gateway.pairing_denied";
    public const string GatewayTransferred = "gateway.transferred";
    public const string GatewayUnpaired = "gateway.unpaired";
    public const string ProvisioningSecretCreated = "gateway.provisioning_secret_created";

    /// <summary>A gateway has used its provisioning secret.</summary>
    public const string GatewayProvisioned = "gateway.provisioned";

    public const string AlarmAcknowledged = "alarm.acknowledged";
    public const string AlarmChannelSecretCreated = "alarm_channel.secret_created";

    /// <summary>A version of a blueprint: new, changed while it was a draft, approved by a signature, taken out of use.</summary>
    public const string BlueprintDrafted = "blueprint.drafted";
    public const string BlueprintRedrafted = "blueprint.redrafted";
    public const string BlueprintApproved = "blueprint.approved";
    public const string BlueprintRetired = "blueprint.retired";

    /// <summary>Somebody said that no more steps will come.</summary>
    public const string JobCompleted = "job.completed";
    public const string JobLotAdded = "job.lot_added";
    public const string JobLotRemoved = "job.lot_removed";
    public const string JobDeviceAdded = "job.device_added";
    public const string JobDeviceEnded = "job.device_ended";
    public const string JobStepAdded = "job.step_added";
    public const string JobStepRemoved = "job.step_removed";
    public const string JobDeviationsDisposed = "job.deviations_disposed";
    public const string JobReleased = "job.released";
    public const string JobRejected = "job.rejected";

    /// <summary>A job is for that case, or for none any more; new holds its id.</summary>
    public const string JobCaseChanged = "job.case_changed";

    /// <summary>What was known of a case is gone with its key; new holds why.</summary>
    public const string CaseErased = "case.erased";

    /// <summary>A copy of all that is known of a case was handed out.</summary>
    public const string CaseExported = "case.exported";

    /// <summary>A consent of a case; new holds its id, what for, in which form, from when and until when, and never a name.</summary>
    public const string ConsentRecorded = "case.consent_recorded";
    public const string ConsentWithdrawn = "case.consent_withdrawn";

    /// <summary>Somebody who is signed in wanted to sign, and gave a wrong password or code.</summary>
    public const string SignatureRefused = "signature.refused";

    /// <summary>Somebody says that what a maintenance plan demands was performed; old and new hold its dates when it passed.</summary>
    public const string MaintenancePerformed = "maintenance_plan.performed";

    /// <summary>A recording was received and stored, whole; new holds of what it is, its size and its SHA-256.</summary>
    public const string RecordingStored = "recording.stored";

    /// <summary>Its key was destroyed, and its bytes with it.</summary>
    public const string RecordingDeleted = "recording.deleted";

    /// <summary>Stored bytes are no longer what they were; new says which chunk.</summary>
    public const string RecordingRotten = "recording.rotten";

    /// <summary>A folder of recordings is gone, and its links with it; old holds how many recordings and open links it had. The recordings stay.</summary>
    public const string FolderDeleted = "folder.deleted";
    public const string FolderRecordingAdded = "folder.recording_added";
    public const string FolderRecordingRemoved = "folder.recording_removed";

    public const string FolderLinkRevoked = "folder_link.revoked";

    /// <summary>Somebody without an account came with a link, and with its password where it has one.</summary>
    public const string FolderLinkOpened = "folder_link.opened";

    /// <summary>Somebody came with a link, and with a wrong password.</summary>
    public const string FolderLinkPasswordRefused = "folder_link.password_refused";

    /// <summary>So many wrong passwords came that the link takes none for a while; new says until when.</summary>
    public const string FolderLinkPaused = "folder_link.paused";

    public const string DeviceAnnounced = "device.announced";
    public const string DeviceChanged = "device.changed";

    /// <summary>A refused message was sent on its way again; new holds what was taken and what was not.</summary>
    public const string RejectedMessageReplayed = "rejected_message.replayed";
    public const string RejectedMessageDismissed = "rejected_message.dismissed";

    public const string SigningKeyCreated = "signing_key.created";
    public const string SigningKeyRevoked = "signing_key.revoked";

    /// <summary>How long steps are kept; old and new hold the rules.</summary>
    public const string RetentionChanged = "organization.retention_changed";

    /// <summary>By its rules, the samples of an organization's steps of a month were taken away; new holds the month, how many steps, and the SHA-256 over their ids and hashes.</summary>
    public const string StepsThinned = "organization.steps_thinned";

    /// <summary>As the other, of steps that are gone altogether.</summary>
    public const string StepsDropped = "organization.steps_dropped";

    public const string LegalHoldPlaced = "legal_hold.placed";
    public const string LegalHoldReleased = "legal_hold.released";

    /// <summary>Somebody took a copy of the audit, which holds addresses of people.</summary>
    public const string AuditExported = "audit.exported";

    /// <summary>Something of the registry was made, in the API of administrators or of users.</summary>
    /// <param name="subjectKind">One of <see cref="AuditSubject"/>'s.</param>
    public static string Created(string subjectKind) => subjectKind + ".created";

    public static string Changed(string subjectKind) => subjectKind + ".changed";

    public static string Archived(string subjectKind) => subjectKind + ".archived";

    public static string Restored(string subjectKind) => subjectKind + ".restored";

    /// <summary>Personal data was looked at.</summary>
    /// <param name="subjectKind">One of <see cref="AuditSubject"/>'s.</param>
    public static string Read(string subjectKind) => subjectKind + ".read";
}

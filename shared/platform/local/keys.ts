/** The keys of a single-machine deployment, in one import. `home` is SAFELIGHT_HOME; the files are described in keyFiles.ts. */
export { type BackupStatus, backupStatus, stampBackup } from './backupStamp.ts'
export { type Deployment, ensureDeployment, homeLayout, readDeployment } from './deployment.ts'
export { openKemCustody, openKemPublicKeys } from './kem.ts'
export { BackupRefused, backupKeys, restoreKeys } from './keyBackup.ts'
export { exposedKeyFiles, type KemGeneration } from './keyFiles.ts'
export { initKeys, type KeyList, KeysExist, listKeys, pinPublicKeys } from './keyInit.ts'
export { openKeyService } from './keyService.ts'
export { openSecrets } from './secrets.ts'
